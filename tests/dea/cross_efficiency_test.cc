// Cross-efficiency: its second goals against GLPK, and what every cross score must satisfy. Published cross scores are
// compared in tests/published/dea.
#include <algorithm>
#include <cmath>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "services/dea/engine/cross_efficiency.h"
#include "services/dea/engine/evaluate.h"
#include "tests/dea/glpk_cross.h"
#include "tests/dea/problems.h"
#include "tests/dea/scores.h"

namespace farrell::dea::testing {
namespace {

constexpr CrossEfficiency kGoals[] = {CrossEfficiency::kAggressive, CrossEfficiency::kBenevolent,
                                      CrossEfficiency::kAggressiveIii, CrossEfficiency::kBenevolentIii};

// A cross-section with its radial scores.
struct Set {
  explicit Set(const Observations& observations)
      : data(observations),
        evaluation(data, NamedModel(data, ReturnsToScale::kCrs, Orientation::kInput)),
        reference(evaluation.reference(0)),
        scores(evaluation.EmptyResults()) {
    EXPECT_TRUE(evaluation.Solve(0, data.size(), scores, {}, nullptr));
  }

  std::vector<std::optional<double>> Cross(CrossEfficiency kind) const {
    CrossEvaluation cross(data, evaluation, kind);
    std::vector<UnitScore> rated = scores;
    EXPECT_TRUE(cross.Rate(0, data.size(), scores, {}, nullptr));
    EXPECT_TRUE(cross.Average(0, data.size(), rated, {}, nullptr));
    std::vector<std::optional<double>> means;
    for (const UnitScore& score : rated) means.push_back(score.cross_score);
    return means;
  }

  const Observations& data;
  Evaluation evaluation;
  const ReferenceMatrix& reference;
  std::vector<UnitScore> scores;
};

struct Worth {
  double used = 0;
  double made = 0;
};

Worth WorthOf(const Observations& data, std::size_t row, const std::vector<double>& multipliers) {
  Worth worth;
  for (int i = 0; i < data.dimension(); ++i) {
    (data.is_input(i) ? worth.used : worth.made) += multipliers[static_cast<std::size_t>(i)] * data.row(row)[i];
  }
  return worth;
}

// u Y - v X with v x_k = 1, or u Y / v X.
double GoalOf(const Set& set, std::size_t rater, const std::vector<double>& multipliers, CrossEfficiency kind) {
  Worth others;
  for (std::size_t row = 0; row < set.data.size(); ++row) {
    if (row == rater) continue;
    const Worth worth = WorthOf(set.data, row, multipliers);
    others.used += worth.used;
    others.made += worth.made;
  }
  const bool ratio = kind == CrossEfficiency::kAggressiveIii || kind == CrossEfficiency::kBenevolentIii;
  if (ratio) return others.made / others.used;
  return (others.made - others.used) / WorthOf(set.data, rater, multipliers).used;
}

TEST(CrossEfficiencyTest, SecondGoalsAgreeWithGlpk) {
  const std::uint64_t count = LongRun() ? 2000 : 100;
  int compared = 0;
  int without = 0;
  int undecided = 0;
  for (std::uint64_t number = 0; number < count; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 30);
    const Set set(problem.data);
    const CrossEfficiency kind = kGoals[number % 4];
    CrossRater rater(set.data, set.reference, set.reference.members(), kind);
    const std::size_t stride = std::max<std::size_t>(1, set.data.size() / 10);
    for (std::size_t row = 0; row < set.data.size(); row += stride) {
      const std::string where =
          problem.description + ", goal " + std::to_string(number % 4) + ", unit " + std::to_string(row);
      const auto at = static_cast<std::int32_t>(row);
      const double theta = set.scores[row].farrell;
      const std::optional<std::vector<double>> multipliers = rater.Multipliers(at, set.scores[row], {});
      const std::optional<SecondGoal> expected = GlpkSecondGoal(set.data, at, theta, kind);
      if (!expected) {
        ++undecided;
        continue;
      }
      // Where the best multipliers value the rater at nothing there may be others as good that do not.
      if (!expected->own_worthless) {
        ASSERT_EQ(multipliers.has_value(), expected->exists) << where;
      }
      if (!multipliers) {
        ++without;
        continue;
      }
      ++compared;
      const double goal = GoalOf(set, row, *multipliers, kind);
      EXPECT_NEAR(goal, expected->value, 1e-9 * std::max(1.0, std::abs(expected->value))) << where;
    }
  }
  std::cout << count << " problems, " << compared << " goals compared, " << without << " without an optimum, "
            << undecided << " where GLPK finds another score\n";
  EXPECT_GE(compared, static_cast<int>(count));
  EXPECT_LE(undecided * 20, compared);
}

// Whatever the goal: the rater keeps its own score, nobody surpasses 1 or its own score.
TEST(CrossEfficiencyTest, MultipliersAreOptimalForTheRater) {
  for (std::uint64_t number = 0; number < 120; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 30);
    const Set set(problem.data);
    for (const CrossEfficiency kind : kGoals) {
      CrossRater rater(set.data, set.reference, set.reference.members(), kind);
      for (std::size_t row = 0; row < set.data.size(); ++row) {
        const std::string where = problem.description + ", unit " + std::to_string(row);
        const auto multipliers = rater.Multipliers(static_cast<std::int32_t>(row), set.scores[row], {});
        if (!multipliers) continue;
        for (const double multiplier : *multipliers) EXPECT_GE(multiplier, 0) << where;
        const Worth own = WorthOf(set.data, row, *multipliers);
        EXPECT_NEAR(own.made / own.used, set.scores[row].farrell, 1e-10) << where;
        for (std::size_t other = 0; other < set.data.size(); ++other) {
          const Worth worth = WorthOf(set.data, other, *multipliers);
          EXPECT_LE(worth.made, worth.used * (set.scores[other].farrell + 1e-10) + 1e-300) << where;
        }
      }
    }
  }
}

TEST(CrossEfficiencyTest, GoalsAreOrdered) {
  for (std::uint64_t number = 0; number < 120; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 30);
    const Set set(problem.data);
    for (const bool ratio : {false, true}) {
      const CrossEfficiency least = ratio ? CrossEfficiency::kAggressiveIii : CrossEfficiency::kAggressive;
      const CrossEfficiency largest = ratio ? CrossEfficiency::kBenevolentIii : CrossEfficiency::kBenevolent;
      CrossRater aggressive(set.data, set.reference, set.reference.members(), least);
      CrossRater arbitrary(set.data, set.reference, set.reference.members(), CrossEfficiency::kArbitrary);
      CrossRater benevolent(set.data, set.reference, set.reference.members(), largest);
      for (std::size_t row = 0; row < set.data.size(); ++row) {
        const auto at = static_cast<std::int32_t>(row);
        const auto low = aggressive.Multipliers(at, set.scores[row], {});
        const auto middle = arbitrary.Multipliers(at, set.scores[row], {});
        const auto high = benevolent.Multipliers(at, set.scores[row], {});
        ASSERT_TRUE(middle.has_value());
        const double between = GoalOf(set, row, *middle, least);
        if (!std::isfinite(between)) continue;
        const double room = 1e-9 * (1 + std::abs(between));
        if (low) {
          EXPECT_LE(GoalOf(set, row, *low, least), between + room) << problem.description;
        }
        if (high) {
          EXPECT_GE(GoalOf(set, row, *high, largest), between - room) << problem.description;
        }
      }
    }
  }
}

TEST(CrossEfficiencyTest, MeansAreWithinTheirBounds) {
  for (std::uint64_t number = 0; number < 120; ++number) {
    const RandomProblem problem = MakeRandomProblem(number, 30);
    const Set set(problem.data);
    const bool positive =
        std::all_of(set.data.cells.begin(), set.data.cells.end(), [](double cell) { return cell > 0; });
    for (const CrossEfficiency kind :
         {CrossEfficiency::kArbitrary, CrossEfficiency::kAggressive, CrossEfficiency::kBenevolentIii}) {
      const std::vector<std::optional<double>> means = set.Cross(kind);
      ASSERT_EQ(means.size(), set.data.size());
      for (std::size_t row = 0; row < means.size(); ++row) {
        if (positive) {
          ASSERT_TRUE(means[row].has_value()) << problem.description;
        }
        if (!means[row]) continue;
        EXPECT_GE(*means[row], set.scores[row].score / static_cast<double>(means.size()) - 1e-12);
        EXPECT_LE(*means[row], set.scores[row].score + 1e-10) << problem.description << ", unit " << row;
      }
    }
  }
}

// Optimal multipliers are unique under continuous data for most raters; where they are not the second goal makes them
// so. Either way units of measurement must not matter.
TEST(CrossEfficiencyTest, UnitsOfMeasurementDoNotMatter) {
  const RandomProblem problem = MakeRandomProblem(40, 30);
  Observations scaled = problem.data;
  for (int i = 0; i < scaled.dimension(); ++i) {
    for (std::size_t row = 0; row < scaled.size(); ++row) {
      scaled.cells[row * static_cast<std::size_t>(scaled.dimension()) + static_cast<std::size_t>(i)] *= 0.001 + i * 700;
    }
  }
  const Set before(problem.data);
  const Set after(scaled);
  for (const CrossEfficiency kind : kGoals) {
    const auto left = before.Cross(kind);
    const auto right = after.Cross(kind);
    for (std::size_t row = 0; row < left.size(); ++row) {
      ASSERT_TRUE(left[row] && right[row]);
      EXPECT_NEAR(*left[row], *right[row], 1e-10) << problem.description;
    }
  }
}

// One input, two outputs: A (3, 1), B (1, 3), C (2, 2), all efficient; D (1, 1). C has the multipliers of A's and B's
// facets and all between: u = (1, 1) / 4 is the only one, as the three lie on one line. A's run from there to (1/3, 0).
TEST(CrossEfficiencyTest, ByHand) {
  const Observations data = MakeCrossSection(1, 2, {1, 3, 1, 1, 1, 3, 1, 2, 2, 1, 1, 1});
  const Set set(data);
  // Aggressive: A rates by (1/3, 0): 1, 1/3, 2/3, 1/3; B by (0, 1/3): 1/3, 1, 2/3, 1/3; C and D by (1/4, 1/4): 1, 1, 1,
  // 1/2.
  const auto aggressive = set.Cross(CrossEfficiency::kAggressive);
  EXPECT_NEAR(*aggressive[0], (1 + 1.0 / 3 + 1 + 1) / 4, 1e-15);
  EXPECT_NEAR(*aggressive[2], (2.0 / 3 + 2.0 / 3 + 1 + 1) / 4, 1e-15);
  EXPECT_NEAR(*aggressive[3], (1.0 / 3 + 1.0 / 3 + 0.5 + 0.5) / 4, 1e-15);
  // Benevolent: everybody rates by (1/4, 1/4).
  const auto benevolent = set.Cross(CrossEfficiency::kBenevolent);
  EXPECT_NEAR(*benevolent[0], 1, 1e-15);
  EXPECT_NEAR(*benevolent[3], 0.5, 1e-15);
}

// A is 1e18 times as large as the others: what these use is not lost beside it.
TEST(CrossEfficiencyTest, AGiantDoesNotDrownTheOthers) {
  const Observations small = MakeCrossSection(1, 2, {1, 3, 1, 1, 1, 3, 1, 2, 2, 1, 1, 1});
  Observations large = small;
  for (int i = 0; i < 3; ++i) large.cells[static_cast<std::size_t>(i)] *= 1e18;
  for (const CrossEfficiency kind : {CrossEfficiency::kAggressiveIii, CrossEfficiency::kBenevolentIii}) {
    // The others weigh A more, to the same multipliers here; A itself sees the others as before.
    const auto expected = Set(small).Cross(kind);
    const auto means = Set(large).Cross(kind);
    for (std::size_t row = 0; row < means.size(); ++row) EXPECT_NEAR(*means[row], *expected[row], 1e-12) << row;
  }
}

// A uses none of the second input: its aggressive worth of what B uses of it has no bound, so that A rates nobody.
TEST(CrossEfficiencyTest, AGoalWithoutAnOptimumIsNoNumber) {
  const Observations data = MakeCrossSection(2, 1, {1, 0, 1, 1, 1, 1});
  const Set set(data);
  for (const std::optional<double>& mean : set.Cross(CrossEfficiency::kAggressive)) EXPECT_FALSE(mean.has_value());
  for (const std::optional<double>& mean : set.Cross(CrossEfficiency::kBenevolent)) EXPECT_TRUE(mean.has_value());
}

TEST(CrossEfficiencyTest, LoneUnitRatesItself) {
  const Observations data = MakeCrossSection(1, 1, {2, 3});
  EXPECT_EQ(Set(data).Cross(CrossEfficiency::kAggressive), std::vector<std::optional<double>>{1.0});
}

// The units of a period rate one another, in whatever pieces they are worked on.
TEST(CrossEfficiencyTest, SetsAndShardsAreApart) {
  const RandomProblem problem = MakeRandomProblem(12, 60);
  Observations panel = problem.data;
  for (std::size_t row = 0; row < panel.size(); ++row) panel.times.push_back(row % 3 == 0 ? 2020 : 2021);
  const Evaluation evaluation(panel, NamedModel(panel, ReturnsToScale::kCrs, Orientation::kInput));
  ASSERT_EQ(evaluation.reference_sets().sets.size(), 2U);
  std::vector<UnitScore> scores = evaluation.EmptyResults();
  ASSERT_TRUE(evaluation.Solve(0, evaluation.unit_count(), scores, {}, nullptr));
  CrossEvaluation cross(panel, evaluation, CrossEfficiency::kBenevolent);
  std::int64_t done = 0;
  const auto count = [&](std::int64_t units) { done += units; };
  for (std::size_t begin = 0; begin < evaluation.unit_count(); begin += 7) {
    ASSERT_TRUE(cross.Rate(begin, std::min(begin + 7, evaluation.unit_count()), scores, {}, count));
  }
  for (std::size_t begin = 0; begin < evaluation.unit_count(); begin += 5) {
    ASSERT_TRUE(cross.Average(begin, std::min(begin + 5, evaluation.unit_count()), scores, {}, count));
  }
  EXPECT_EQ(done, 2 * static_cast<std::int64_t>(panel.size()));
  for (const std::int64_t time : {2020, 2021}) {
    std::vector<double> cells;
    std::vector<std::size_t> rows;
    for (std::size_t row = 0; row < panel.size(); ++row) {
      if (panel.times[row] != time) continue;
      rows.push_back(row);
      cells.insert(cells.end(), panel.row(row), panel.row(row) + panel.dimension());
    }
    const Observations alone = MakeCrossSection(panel.input_count, panel.output_count, cells);
    const Set set(alone);
    const auto means = set.Cross(CrossEfficiency::kBenevolent);
    for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(scores[rows[i]].cross_score, means[i]);
  }
}

TEST(CrossEfficiencyTest, StopsWhenAsked) {
  const RandomProblem problem = MakeRandomProblem(3, 30);
  const Set set(problem.data);
  CrossEvaluation cross(set.data, set.evaluation, CrossEfficiency::kAggressive);
  std::vector<UnitScore> scores = set.scores;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(cross.Rate(0, set.data.size(), scores, stop.get_token(), nullptr));
  EXPECT_FALSE(cross.Average(0, set.data.size(), scores, stop.get_token(), nullptr));
}

}  // namespace
}  // namespace farrell::dea::testing
