// Non-discretionary measures: against the multiplier program, and by their properties.
#include <algorithm>
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

// A random problem some of whose measures the units cannot choose; at least one of the scored side they can.
struct FixedProblem {
  RandomProblem problem;
  Model model;
  std::string description;
};

FixedProblem MakeFixedProblem(std::uint64_t number, int largest) {
  FixedProblem fixed{MakeRandomProblem(number, largest), {}, {}};
  const Observations& data = fixed.problem.data;
  fixed.model = NamedModel(data, fixed.problem.rts, fixed.problem.orientation);
  fixed.model.non_discretionary_rule =
      number / 8 % 2 == 0 ? NonDiscretionaryRule::kBankerMorey : NonDiscretionaryRule::kNcn;
  TestRandom random(number + 40000);
  const bool input = fixed.problem.orientation == Orientation::kInput;
  const int kept = random.Below(input ? data.input_count : data.output_count);
  for (int i = 0; i < data.dimension(); ++i) {
    const bool is_input = i < data.input_count;
    const int at = is_input ? i : i - data.input_count;
    if ((is_input == input && at == kept) || random.Below(2) == 0) continue;
    fixed.model.non_discretionary.push_back((is_input ? "i" : "o") + std::to_string(at));
  }
  fixed.description = fixed.problem.description + " fixed";
  for (const std::string& name : fixed.model.non_discretionary) fixed.description += " " + name;
  if (fixed.model.non_discretionary_rule == NonDiscretionaryRule::kNcn) fixed.description += " ncn";
  return fixed;
}

TEST(NonDiscretionaryTest, RandomProblemsAgreeWithTheMultiplierProgram) {
  const std::uint64_t count = LongRun() ? 2000 : 100;
  int compared = 0;
  int exact = 0;
  int without_score = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    const FixedProblem fixed = MakeFixedProblem(number, 60);
    const Observations& data = fixed.problem.data;
    const GlpkMultiplier glpk(fixed.model, data, AllRows(data));
    const std::vector<UnitScore> scores = Scores(fixed.model, data);
    const std::size_t stride = std::max<std::size_t>(1, data.size() / 25);
    for (std::size_t row = 0; row < data.size(); ++row) {
      const UnitScore& score = scores[row];
      const std::string where = fixed.description + ", unit " + std::to_string(row);
      ASSERT_TRUE(score.status == UnitStatus::kOptimal || score.status == UnitStatus::kUnbounded)
          << where << " status " << static_cast<int>(score.status) << " gap " << score.certificate.gap << " violation "
          << score.certificate.max_violation;
      if (score.status == UnitStatus::kUnbounded) ++without_score;
      EXPECT_LE(score.certificate.slack_gap, 1e-9) << where;
      if (score.status == UnitStatus::kOptimal) {
        EXPECT_LE(score.score, 1) << where;
        EXPECT_GT(score.score, 0) << where;
      }
      if (row % stride != 0) continue;
      ++compared;
      ASSERT_EQ(Disagreement(glpk, static_cast<std::int32_t>(row), score, exact), "") << where;
    }
  }
  std::cout << count << " problems, " << compared << " scores compared, " << exact << " decided by glp_exact, "
            << without_score << " units without a score\n";
  EXPECT_GE(compared, static_cast<int>(count));
}

// A unit can do no worse by being spared the contraction of a measure, and no better by having to match it.
TEST(NonDiscretionaryTest, RulesAreNested) {
  for (std::uint64_t number = 0; number < 160; ++number) {
    FixedProblem fixed = MakeFixedProblem(number, 40);
    const Observations& data = fixed.problem.data;
    fixed.model.non_discretionary_rule = NonDiscretionaryRule::kBankerMorey;
    const std::vector<UnitScore> spared = Scores(fixed.model, data);
    fixed.model.non_discretionary_rule = NonDiscretionaryRule::kNcn;
    const std::vector<UnitScore> matched = Scores(fixed.model, data);
    fixed.model.non_discretionary.clear();
    const std::vector<UnitScore> all = Scores(fixed.model, data);
    for (std::size_t row = 0; row < data.size(); ++row) {
      if (spared[row].status != UnitStatus::kOptimal || matched[row].status != UnitStatus::kOptimal) continue;
      EXPECT_LE(spared[row].score, all[row].score * (1 + 1e-11)) << fixed.description << ", unit " << row;
      EXPECT_LE(spared[row].score, matched[row].score * (1 + 1e-11)) << fixed.description << ", unit " << row;
    }
  }
}

// Targets are what the peers compose; what a unit cannot choose is not scaled.
TEST(NonDiscretionaryTest, TargetsBalance) {
  for (std::uint64_t number = 0; number < 160; ++number) {
    const FixedProblem fixed = MakeFixedProblem(number, 40);
    const Observations& data = fixed.problem.data;
    const std::vector<UnitScore> scores = Scores(fixed.model, data);
    for (std::size_t row = 0; row < data.size(); ++row) {
      const UnitScore& score = scores[row];
      if (score.status != UnitStatus::kOptimal) continue;
      for (int i = 0; i < data.dimension(); ++i) {
        const bool is_input = i < data.input_count;
        const std::size_t at = static_cast<std::size_t>(is_input ? i : i - data.input_count);
        double composed = 0;
        for (const Peer& peer : score.peers) composed += peer.weight * data.row(static_cast<std::size_t>(peer.row))[i];
        const double target = (is_input ? score.input_targets : score.output_targets)[at];
        const double own = data.row(row)[i];
        EXPECT_NEAR(target, composed, 1e-10 * (own + composed)) << fixed.description << ", unit " << row;
        const std::string name = (is_input ? "i" : "o") + std::to_string(at);
        const std::vector<std::string>& names = fixed.model.non_discretionary;
        if (std::find(names.begin(), names.end(), name) == names.end()) continue;
        if (fixed.model.non_discretionary_rule == NonDiscretionaryRule::kNcn) {
          EXPECT_EQ(target, own);
        } else {
          EXPECT_LE((is_input ? 1 : -1) * (target - own), 1e-12 * own);
        }
      }
    }
  }
}

TEST(NonDiscretionaryTest, UnitsOfMeasurementDoNotMatter) {
  for (std::uint64_t number = 0; number < 80; ++number) {
    const FixedProblem fixed = MakeFixedProblem(number, 40);
    std::vector<double> factors;
    const Observations scaled = InOtherUnits(fixed.problem.data, number, factors);
    const std::vector<UnitScore> before = Scores(fixed.model, fixed.problem.data);
    const std::vector<UnitScore> after = Scores(fixed.model, scaled);
    for (std::size_t row = 0; row < scaled.size(); ++row) {
      ASSERT_EQ(after[row].status, before[row].status) << fixed.description << ", unit " << row;
      EXPECT_NEAR(after[row].score, before[row].score, 1e-11) << fixed.description << ", unit " << row;
    }
  }
}

// B makes as much as A from the same land; A needs no labour, so that B could do without its own.
TEST(NonDiscretionaryTest, AUnitThatNeedsNothingItCanChooseHasNoScore) {
  const Observations data = MakeCrossSection(2, 1, {0, 5, 1, 3, 5, 1});
  Model model = NamedModel(data, ReturnsToScale::kCrs, Orientation::kInput);
  model.non_discretionary = {"i1"};
  const ReferenceMatrix reference(data, {0, 1});
  const std::unique_ptr<Formulation> formulation = MakeFormulation(model, data);
  UnitSolver solver(*formulation);
  for (const std::int32_t row : {0, 1}) {
    const Question question{data, row, reference};
    const UnitScore score = solver.Solve(question, {}, {});
    EXPECT_EQ(score.status, UnitStatus::kUnbounded);
    EXPECT_TRUE(CheckScore(*formulation, question, score).holds);
    UnitScore wrong = score;
    wrong.status = UnitStatus::kOptimal;
    EXPECT_FALSE(CheckScore(*formulation, question, wrong).holds);
  }
}

// The slack of a measure that cannot be chosen is no waste: of two ways to the same score the one with more of it is
// not preferred for that.
TEST(NonDiscretionaryTest, FixedSlacksAreNotMaximised) {
  // C can be compared with A (land 1, no waste of water) or with B (land 3, one of water saved).
  const Observations data = MakeCrossSection(3, 1, {1, 1, 2, 1, 1, 3, 1, 1, 2, 3, 2, 1});
  Model model = NamedModel(data, ReturnsToScale::kVrs, Orientation::kInput);
  model.non_discretionary = {"i1"};
  const std::vector<UnitScore> scores = Scores(model, data);
  EXPECT_EQ(scores[2].score, 0.5);
  ASSERT_EQ(scores[2].peers.size(), 1U);
  EXPECT_EQ(scores[2].peers[0].row, 1);
}

TEST(NonDiscretionaryTest, TamperedScoresAreCaught) {
  for (std::uint64_t number = 0; number < 48; ++number) {
    const FixedProblem fixed = MakeFixedProblem(number, 30);
    const Observations& data = fixed.problem.data;
    const ReferenceMatrix reference(data, AllRows(data));
    const std::unique_ptr<Formulation> formulation = MakeFormulation(fixed.model, data);
    const Question question{data, 0, reference};
    const UnitScore right = UnitSolver(*formulation).Solve(question, {}, {});
    ASSERT_TRUE(CheckScore(*formulation, question, right).holds) << fixed.description;
    if (right.status != UnitStatus::kOptimal) continue;
    const auto expect_caught = [&](const char* what, const auto& spoil) {
      UnitScore wrong = right;
      spoil(wrong);
      EXPECT_FALSE(CheckScore(*formulation, question, wrong).holds) << fixed.description << ": " << what;
    };
    expect_caught("score", [](UnitScore& wrong) { wrong.score *= 1.0001; });
    expect_caught("weight", [](UnitScore& wrong) { wrong.peers[0].weight *= 1.001; });
    expect_caught("status", [](UnitScore& wrong) { wrong.status = UnitStatus::kUnbounded; });
    expect_caught("target", [](UnitScore& wrong) { wrong.input_targets[0] = wrong.input_targets[0] * 1.001 + 1; });
    expect_caught("price", [](UnitScore& wrong) { wrong.input_prices[0] += 1 + std::abs(wrong.input_prices[0]); });
    expect_caught("prices", [](UnitScore& wrong) {
      for (double& price : wrong.certificate.prices) price *= 0.999;
    });
  }
}

}  // namespace
}  // namespace farrell::dea::testing
