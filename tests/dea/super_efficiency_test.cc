// Radial super-efficiency: against the multiplier program, its infeasible units with their proofs, and the remedies.
#include <cmath>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/formulation.h"
#include "services/dea/engine/super_efficiency.h"
#include "services/dea/engine/unit_scorer.h"
#include "tests/dea/glpk_multiplier.h"
#include "tests/dea/glpk_remedy.h"
#include "tests/dea/problems.h"
#include "tests/dea/scores.h"

namespace farrell::dea::testing {
namespace {

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

// Measures that cannot be chosen, limits of the sum of weights, or both.
void AddOptions(std::uint64_t number, const RandomProblem& problem, Model& model) {
  const bool input = problem.orientation == Orientation::kInput;
  if (number % 3 != 0) {
    if ((input ? problem.data.input_count : problem.data.output_count) > 1) {
      model.non_discretionary.emplace_back(input ? "i0" : "o0");
    }
    if (number % 5 != 0) model.non_discretionary.emplace_back(input ? "o0" : "i0");
    if (number % 2 == 0) model.non_discretionary_rule = NonDiscretionaryRule::kNcn;
  }
  if (number % 3 != 1) {
    TestRandom random(number);
    model.rts = ReturnsToScale::kGrs;
    model.weight_sum_low = random.Uniform();
    model.weight_sum_high = 1 / random.Uniform();
  }
}

void CompareWithGlpk(bool with_options) {
  const std::uint64_t count = LongRun() ? 2000 : 100;
  int compared = 0;
  int exact = 0;
  int infeasible = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 40);
    Model model = SuperModel(problem.data, problem.rts, problem.orientation);
    if (with_options) AddOptions(number, problem, model);
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

TEST(SuperEfficiencyTest, RandomProblemsAgreeWithTheMultiplierProgram) { CompareWithGlpk(false); }
TEST(SuperEfficiencyTest, OptionsAgreeWithTheMultiplierProgram) { CompareWithGlpk(true); }

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

// A surpasses B by a factor of 1e400: no number says so.
TEST(SuperEfficiencyTest, BeyondDoubleNothingIsTold) {
  const Observations data = MakeCrossSection(1, 1, {1e-100, 1e100, 1e100, 1e-100});
  for (const Orientation orientation : {Orientation::kInput, Orientation::kOutput}) {
    const UnitScore score = Scores(SuperModel(data, ReturnsToScale::kCrs, orientation), data)[0];
    EXPECT_NE(score.status, UnitStatus::kOptimal);
    EXPECT_EQ(score.score, 0);
    for (const auto* numbers : {&score.input_targets, &score.output_prices, &score.certificate.variables,
                                &score.certificate.prices, &score.certificate.ray}) {
      for (const double number : *numbers) EXPECT_TRUE(std::isfinite(number));
    }
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

// Every infeasible unit of the random problems has the remedy that the one program of the paper gives it.
TEST(SuperEfficiencyTest, RemediesAgreeWithGlpk) {
  const std::uint64_t count = LongRun() ? 2000 : 100;
  for (const SuperRemedy remedy : {SuperRemedy::kCook, SuperRemedy::kDdf}) {
    int compared = 0;
    int without = 0;
    for (std::uint64_t number = 0; number < count; ++number) {
      const RandomProblem problem = MakeRandomProblem(number, 40);
      Model model = SuperModel(problem.data, problem.rts, problem.orientation);
      model.super_remedy = remedy;
      const ReferenceMatrix reference(problem.data, AllRows(problem.data));
      const std::unique_ptr<Formulation> radial = MakeFormulation(model, problem.data);
      const std::unique_ptr<Formulation> formulation = MakeSuperRemedy(model, problem.data);
      UnitSolver radial_solver(*radial);
      UnitSolver solver(*formulation);
      for (std::int32_t row = 0; row < static_cast<std::int32_t>(problem.data.size()); ++row) {
        const Question question{problem.data, row, reference};
        if (radial_solver.Solve(question, {}, {}).status != UnitStatus::kInfeasible) continue;
        const std::string where = problem.description + ", unit " + std::to_string(row);
        const UnitScore score = solver.Solve(question, {}, {});
        ASSERT_NE(score.status, UnitStatus::kNotSolved) << where;
        EXPECT_TRUE(CheckScore(*formulation, question, score).holds) << where;
        const std::optional<double> expected = GlpkRemedy(model, problem.data, row);
        ASSERT_EQ(score.status == UnitStatus::kOptimal, expected.has_value()) << where;
        if (!expected) {
          ++without;
          continue;
        }
        ++compared;
        EXPECT_NEAR(score.score, *expected, 1e-9 * *expected) << where;
        EXPECT_GT(score.score, 0) << where;
      }
    }
    std::cout << count << " problems, " << compared << " remedies compared, " << without << " units without one\n";
    EXPECT_GT(compared, 20);
  }
}

// A makes 8 from 2, B 4 from 2, C 6 from 4. Under VRS the others make 6 at most, C from 4, so that A gives up a quarter
// of its output (beta = 1/4) and C's input is twice A's (tau = 1): 2 + 4/3. Along (2, 8) the others are met at 2 (1 -
// beta) inputs and 8 (1 + beta) outputs: between B and C, 2 + 2a = 2 - 2 beta and 4 + 2a = 8 + 8 beta give beta = -2/5.
TEST(SuperEfficiencyTest, RemediesByHand) {
  const Observations data = MakeCrossSection(1, 1, {2, 8, 2, 4, 4, 6});
  const ReferenceMatrix reference(data, {0, 1, 2});
  Model model = SuperModel(data, ReturnsToScale::kVrs, Orientation::kInput);
  const auto remedy = [&](SuperRemedy kind) {
    model.super_remedy = kind;
    const std::unique_ptr<Formulation> formulation = MakeSuperRemedy(model, data);
    return UnitSolver(*formulation).Solve({data, 0, reference}, {}, {}).score;
  };
  EXPECT_EQ(Scores(model, data)[0].status, UnitStatus::kInfeasible);
  EXPECT_NEAR(remedy(SuperRemedy::kCook), 2 + 4.0 / 3, 1e-14);
  EXPECT_NEAR(remedy(SuperRemedy::kDdf), 1.4, 1e-14);
  // As a request is answered: the status stays, the remedy stands beside it, and the check computes it again.
  const std::unique_ptr<Formulation> radial = MakeFormulation(model, data);
  const Question question{data, 0, reference};
  UnitScore score = UnitScorer(model, data, radial.get()).Score(question, {});
  EXPECT_EQ(score.status, UnitStatus::kInfeasible);
  ASSERT_TRUE(score.remedy_score.has_value());
  EXPECT_NEAR(*score.remedy_score, 1.4, 1e-14);
  EXPECT_TRUE(CheckUnit(model, radial.get(), question, score).holds);
  score.remedy_score = 1.5;
  EXPECT_FALSE(CheckUnit(model, radial.get(), question, score).holds);
  score.remedy_score.reset();
  EXPECT_FALSE(CheckUnit(model, radial.get(), question, score).holds);
  // A unit that has a score needs none.
  EXPECT_FALSE(UnitScorer(model, data, radial.get()).Score({data, 1, reference}, {}).remedy_score.has_value());
  EXPECT_EQ(MakeSuperRemedy(SuperModel(data, ReturnsToScale::kVrs, Orientation::kInput), data), nullptr);
}

}  // namespace
}  // namespace farrell::dea::testing
