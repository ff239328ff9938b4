// Generalised returns to scale: against the multiplier program, at the limits that have names, and between them.
#include <cmath>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/formulation.h"
#include "tests/dea/glpk_multiplier.h"
#include "tests/dea/problems.h"
#include "tests/dea/scores.h"

namespace farrell::dea::testing {
namespace {

std::vector<UnitScore> ScoresWithin(const RandomProblem& problem, double low, double high) {
  Model model = NamedModel(problem.data, ReturnsToScale::kGrs, problem.orientation);
  model.weight_sum_low = low;
  model.weight_sum_high = high;
  return Scores(model, problem.data);
}

// Limits as a request may give them: round, tight, one-sided.
Model RandomLimits(std::uint64_t number, const RandomProblem& problem) {
  TestRandom random(number + 60000);
  Model model = NamedModel(problem.data, ReturnsToScale::kGrs, problem.orientation);
  constexpr double kLow[] = {0, 0.5, 0.8, 1, 1 - 1e-9};
  constexpr double kHigh[] = {1, 1.2, 2, 1 + 1e-9, 1000};
  model.weight_sum_low = random.Below(3) == 0 ? random.Uniform() : kLow[random.Below(5)];
  model.weight_sum_high = random.Below(3) == 0 ? 1 / random.Uniform() : kHigh[random.Below(5)];
  return model;
}

TEST(GrsTest, RandomProblemsAgreeWithTheMultiplierProgram) {
  const std::uint64_t count = LongRun() ? 2000 : 100;
  int compared = 0;
  int exact = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 60);
    const Model model = RandomLimits(number, problem);
    const GlpkMultiplier glpk(model, problem.data, AllRows(problem.data));
    const std::vector<UnitScore> scores = Scores(model, problem.data);
    for (std::size_t row = 0; row < scores.size(); ++row) {
      const std::string where = problem.description + " within " + std::to_string(model.weight_sum_low) + ", " +
                                std::to_string(model.weight_sum_high) + ", unit " + std::to_string(row);
      ASSERT_EQ(scores[row].status, UnitStatus::kOptimal) << where;
      EXPECT_LE(scores[row].certificate.slack_gap, 1e-9) << where;
      double sum = 0;
      for (const Peer& peer : scores[row].peers) sum += peer.weight;
      EXPECT_GE(sum, model.weight_sum_low * (1 - 1e-11)) << where;
      EXPECT_LE(sum, model.weight_sum_high * (1 + 1e-11)) << where;
      ++compared;
      ASSERT_EQ(Disagreement(glpk, static_cast<std::int32_t>(row), scores[row], exact), "") << where;
    }
  }
  std::cout << count << " problems, " << compared << " scores compared, " << exact << " decided by glp_exact\n";
}

TEST(GrsTest, NamedTechnologiesAreLimits) {
  struct Limit {
    ReturnsToScale rts;
    double low;
    double high;
  };
  constexpr Limit kLimits[] = {{ReturnsToScale::kVrs, 1, 1},
                               {ReturnsToScale::kNirs, 0, 1},
                               {ReturnsToScale::kNdrs, 1, 1e12},
                               {ReturnsToScale::kCrs, 0, 1e12}};
  for (std::uint64_t number = 0; number < 160; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 40);
    for (const Limit& limit : kLimits) {
      const std::vector<UnitScore> named =
          Scores(NamedModel(problem.data, limit.rts, problem.orientation), problem.data);
      const std::vector<UnitScore> within = ScoresWithin(problem, limit.low, limit.high);
      for (std::size_t row = 0; row < named.size(); ++row) {
        EXPECT_NEAR(within[row].score, named[row].score, 1e-11)
            << problem.description << " " << Name(limit.rts) << ", unit " << row;
      }
    }
  }
}

TEST(GrsTest, WiderLimitsScoreNoHigher) {
  for (std::uint64_t number = 0; number < 160; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 40);
    std::vector<UnitScore> narrower = ScoresWithin(problem, 1, 1);
    for (const double width : {1.1, 1.5, 4.0, 1e12}) {
      std::vector<UnitScore> wider = ScoresWithin(problem, width < 1e12 ? 1 / width : 0, width);
      for (std::size_t row = 0; row < wider.size(); ++row) {
        EXPECT_LE(wider[row].score, narrower[row].score * (1 + 1e-11)) << problem.description << ", unit " << row;
      }
      narrower.swap(wider);
    }
  }
}

// One input, one output: A (2, 1), B (4, 4), C (8, 6). Half of B is (2, 2), twice B is (8, 8).
TEST(GrsTest, LimitsBindWhereTheySay) {
  const RandomProblem problem{MakeCrossSection(1, 1, {2, 1, 4, 4, 8, 6}), {}, {}, {}};
  // A third of A and a sixth of B make 1 from 4/3 with weights that sum to 1/2.
  EXPECT_DOUBLE_EQ(ScoresWithin(problem, 0.5, 1)[0].score, 2.0 / 3);
  EXPECT_DOUBLE_EQ(ScoresWithin(problem, 0.25, 1)[0].score, 0.5);  // a quarter of B makes 1 from 1
  EXPECT_DOUBLE_EQ(ScoresWithin(problem, 1, 1.5)[2].score, 0.75);  // one and a half B makes 6 from 6
}

TEST(GrsTest, TamperedScoresAreCaught) {
  for (std::uint64_t number = 0; number < 48; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 30);
    const Model model = RandomLimits(number, problem);
    const ReferenceMatrix reference(problem.data, AllRows(problem.data));
    const std::unique_ptr<Formulation> formulation = MakeFormulation(model, problem.data);
    const Question question{problem.data, 0, reference};
    const UnitScore right = UnitSolver(*formulation).Solve(question, {}, {});
    ASSERT_TRUE(CheckScore(*formulation, question, right).holds) << problem.description;
    const auto expect_caught = [&](const char* what, const auto& spoil) {
      UnitScore wrong = right;
      spoil(wrong);
      EXPECT_FALSE(CheckScore(*formulation, question, wrong).holds) << problem.description << ": " << what;
    };
    expect_caught("score", [](UnitScore& wrong) { wrong.score *= 1.0001; });
    expect_caught("weight", [](UnitScore& wrong) { wrong.peers[0].weight *= 1.001; });
    expect_caught("scale price", [](UnitScore& wrong) { wrong.scale_price += 0.01; });
    expect_caught("slack of the sum", [](UnitScore& wrong) { wrong.certificate.variables.back() += 0.01; });
    expect_caught("prices", [](UnitScore& wrong) {
      for (double& price : wrong.certificate.prices) price *= 0.999;
    });
    // A score within other limits is another score.
    Model other = model;
    other.weight_sum_low = other.weight_sum_high = 1;
    const std::unique_ptr<Formulation> tight = MakeFormulation(other, problem.data);
    double sum = 0;
    for (const Peer& peer : right.peers) sum += peer.weight;
    if (std::abs(sum - 1) > 1e-6) {
      EXPECT_FALSE(CheckScore(*tight, question, right).holds) << problem.description;
    }
  }
}

}  // namespace
}  // namespace farrell::dea::testing
