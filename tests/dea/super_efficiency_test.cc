// Radial super-efficiency: against the multiplier program, its infeasible units with their proofs, and the remedies.
#include <cmath>
#include <iostream>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/formulation.h"
#include "tests/dea/glpk_multiplier.h"
#include "tests/dea/problems.h"

namespace farrell::dea::testing {
namespace {

std::vector<std::int32_t> AllRows(const Observations& data) {
  std::vector<std::int32_t> all(data.size());
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::vector<std::int32_t> AllBut(std::int32_t row, const Observations& data) {
  std::vector<std::int32_t> others = AllRows(data);
  others.erase(others.begin() + row);
  return others;
}

Model SuperModel(const Observations& data, ReturnsToScale rts, Orientation orientation) {
  Model model = NamedModel(data, rts, orientation);
  model.super = true;
  return model;
}

std::vector<UnitScore> Scores(const Model& model, const Observations& data) {
  const ReferenceMatrix reference(data, AllRows(data));
  const std::unique_ptr<Formulation> formulation = MakeFormulation(model, data);
  UnitSolver solver(*formulation);
  std::vector<UnitScore> scores;
  for (const std::int32_t row : AllRows(data)) scores.push_back(solver.Solve({data, row, reference}, {}, {}));
  return scores;
}

TEST(SuperEfficiencyTest, RandomProblemsAgreeWithTheMultiplierProgram) {
  const std::uint64_t count = LongRun() ? 2000 : 100;
  int compared = 0;
  int exact = 0;
  int infeasible = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 40);
    const Model model = SuperModel(problem.data, problem.rts, problem.orientation);
    const ReferenceMatrix reference(problem.data, AllRows(problem.data));
    const std::unique_ptr<Formulation> formulation = MakeFormulation(model, problem.data);
    UnitSolver solver(*formulation);
    for (std::int32_t row = 0; row < static_cast<std::int32_t>(problem.data.size()); ++row) {
      const std::string where = problem.description + ", unit " + std::to_string(row);
      const Question question{problem.data, row, reference};
      const UnitScore score = solver.Solve(question, {}, {});
      ASSERT_NE(score.status, UnitStatus::kNotSolved) << where;
      // Every outcome proves itself, "infeasible" by a ray.
      EXPECT_TRUE(CheckScore(*formulation, question, score).holds) << where;
      if (score.status == UnitStatus::kInfeasible) {
        ++infeasible;
        EXPECT_EQ(score.score, 0) << where;
        EXPECT_TRUE(score.peers.empty()) << where;
      }
      ++compared;
      const GlpkMultiplier glpk(model, problem.data, AllBut(row, problem.data));
      ASSERT_EQ(Disagreement(glpk, row, score, exact), "") << where;
    }
  }
  std::cout << count << " problems, " << compared << " scores compared, " << infeasible << " infeasible, " << exact
            << " decided by glp_exact\n";
  EXPECT_GT(infeasible, 0);
}

// Leaving a unit out changes nothing for the inefficient, and raises the others to 1 or more.
TEST(SuperEfficiencyTest, ScoresBelowOneStay) {
  for (std::uint64_t number = 0; number < 160; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 40);
    const std::vector<UnitScore> plain =
        Scores(NamedModel(problem.data, problem.rts, problem.orientation), problem.data);
    const std::vector<UnitScore> super =
        Scores(SuperModel(problem.data, problem.rts, problem.orientation), problem.data);
    for (std::size_t row = 0; row < plain.size(); ++row) {
      const std::string where = problem.description + ", unit " + std::to_string(row);
      if (plain[row].score < 1 - 1e-9) {
        ASSERT_EQ(super[row].status, UnitStatus::kOptimal) << where;
        EXPECT_NEAR(super[row].score, plain[row].score, 1e-11) << where;
      } else if (super[row].status == UnitStatus::kOptimal) {
        EXPECT_GE(super[row].score, 1 - 1e-11) << where;
      }
      for (const Peer& peer : super[row].peers) EXPECT_NE(peer.row, static_cast<std::int32_t>(row)) << where;
    }
  }
}

// A repeated unit is its own rival: its score stays 1.
TEST(SuperEfficiencyTest, ATwinHoldsTheScoreAtOne) {
  const Observations data = MakeCrossSection(1, 1, {1, 2, 1, 2, 4, 2});
  for (const ReturnsToScale rts : {ReturnsToScale::kCrs, ReturnsToScale::kVrs}) {
    const std::vector<UnitScore> scores = Scores(SuperModel(data, rts, Orientation::kInput), data);
    EXPECT_EQ(scores[0].score, 1);
    EXPECT_EQ(scores[1].score, 1);
    EXPECT_EQ(scores[2].score, 0.25);
  }
}

TEST(SuperEfficiencyTest, TamperedProofsAreCaught) {
  int checked = 0;
  for (std::uint64_t number = 1; number < 96; number += 4) {
    const RandomProblem problem = MakeRandomProblem(number, 30);
    const Model model = SuperModel(problem.data, problem.rts, problem.orientation);
    const ReferenceMatrix reference(problem.data, AllRows(problem.data));
    const std::unique_ptr<Formulation> formulation = MakeFormulation(model, problem.data);
    UnitSolver solver(*formulation);
    for (std::int32_t row = 0; row < static_cast<std::int32_t>(problem.data.size()); ++row) {
      const Question question{problem.data, row, reference};
      const UnitScore right = solver.Solve(question, {}, {});
      const auto expect_caught = [&](const char* what, const auto& spoil) {
        UnitScore wrong = right;
        spoil(wrong);
        EXPECT_FALSE(CheckScore(*formulation, question, wrong).holds) << problem.description << ": " << what;
      };
      if (right.status == UnitStatus::kInfeasible) {
        ++checked;
        expect_caught("ray", [](UnitScore& wrong) {
          for (double& value : wrong.certificate.ray) value = -value;
        });
        expect_caught("lost ray", [](UnitScore& wrong) { wrong.certificate.ray.clear(); });
        expect_caught("status", [](UnitScore& wrong) { wrong.status = UnitStatus::kOptimal; });
      } else if (right.status == UnitStatus::kOptimal) {
        expect_caught("infeasible", [](UnitScore& wrong) { wrong.status = UnitStatus::kInfeasible; });
        expect_caught("score", [](UnitScore& wrong) { wrong.score *= 1.0001; });
        // The unit itself may not stand in for its peers.
        expect_caught("own weight", [row](UnitScore& wrong) { wrong.peers = {{row, 1.0}}; });
      }
    }
  }
  EXPECT_GT(checked, 0);
}

}  // namespace
}  // namespace farrell::dea::testing
