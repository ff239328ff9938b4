// What a comparison draws: the same bits in any number of threads, stopped at once, adjusted as it says.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "services/regression/engine/compare.h"
#include "services/regression/engine/multiple_testing.h"
#include "tests/regression/panels.h"
#include "tests/regression/threads.h"

namespace farrell::regression::testing {
namespace {

InferenceSpec Drawn(InferenceType type, std::int64_t draws) {
  InferenceSpec inference = MakeInference(type, "unit");
  inference.draws = draws;
  inference.seed = 7;
  return inference;
}

// Everything that is drawn: 18 units have too many splits of three groups to enumerate.
CompareSpec EverythingDrawn(std::int64_t draws) {
  CompareSpec spec;
  spec.fit = MakeSpec("y ~ x1 + x2 | unit + time",
                      {Drawn(InferenceType::kWild, draws), MakeInference(InferenceType::kCr3, "unit"),
                       Drawn(InferenceType::kPermutation, draws), Drawn(InferenceType::kPermutationRaw, draws)});
  spec.by = "group";
  spec.terms = {"x1", "x2"};
  spec.adjustment = Adjustment::kRomanoWolf;
  spec.orderings = {"a > b > c", "x2: c > a"};
  return spec;
}

CompareResult MustCompare(const Panel& panel, const CompareSpec& spec, const Environment& environment = {}) {
  auto result = Compare(panel, spec, environment);
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return std::move(result).value();
}

bool Warned(const CompareResult& result, const std::string& code) {
  return std::any_of(result.warnings.begin(), result.warnings.end(),
                     [&](const Warning& warning) { return warning.code == code; });
}

std::vector<double> NumbersOf(const CompareResult& result) {
  std::vector<double> numbers;
  const auto add = [&](const std::optional<double>& value) {
    numbers.push_back(value.value_or(std::numeric_limits<double>::max()));
  };
  const auto add_term = [&](const TermInference& term) {
    for (const auto* value :
         {&term.std_error, &term.statistic, &term.p_value, &term.conf_low, &term.conf_high, &term.df}) {
      add(*value);
    }
  };
  for (const GroupFit& group : result.groups) {
    for (const TermInference& term : group.compared) add_term(term);
  }
  for (const Difference& difference : result.differences) {
    for (const DifferenceInference& each : difference.inferences) {
      add_term(each.inference);
      add(each.p_adjusted);
    }
  }
  for (const JointEquality& joint : result.joints) {
    for (const EqualityTest& test : joint.tests) {
      add(test.statistic);
      add(test.p_value);
    }
  }
  for (const Ordering& ordering : result.orderings) {
    for (const auto* value : {&ordering.violation_statistic, &ordering.violation_p_value, &ordering.strict_p_value,
                              &ordering.probability}) {
      add(*value);
    }
  }
  for (const RankProbability& rank : result.rank_probabilities) numbers.push_back(rank.probability);
  return numbers;
}

TEST(CompareDraws, TheNumberOfThreadsLeavesNoTrace) {
  const Panel panel = RandomPanel(61, 18, 7, 0.9);
  const CompareSpec spec = EverythingDrawn(1999);
  const std::vector<double> alone = NumbersOf(MustCompare(panel, spec));
  EXPECT_GT(alone.size(), 100U);
  for (const int threads : {1, 2, 3, 7}) {
    EXPECT_EQ(NumbersOf(MustCompare(panel, spec, InThreads(threads))), alone) << threads;
  }
}

// Stopped at whatever point of the run, it answers within 50 ms of its own time.
TEST(CompareDraws, StopsWithinFiftyMillisecondsAnywhere) {
  const Panel panel = RandomPanel(62, 18, 7, 0.9);
  const CompareSpec spec = EverythingDrawn(19999);
  int reports = 0;
  Environment counting;
  counting.progress = [&](std::int64_t, std::int64_t) { ++reports; };
  MustCompare(panel, spec, counting);
  ASSERT_GT(reports, 20);
  for (int at = 1; at <= reports; at += std::max(1, reports / 10)) {
    std::stop_source source;
    std::clock_t asked = 0;
    int seen = 0;
    Environment environment;
    environment.stop = source.get_token();
    environment.progress = [&](std::int64_t, std::int64_t) {
      if (++seen != at) return;
      asked = std::clock();
      source.request_stop();
    };
    const auto result = Compare(panel, spec, environment);
    const double milliseconds = 1e3 * static_cast<double>(std::clock() - asked) / CLOCKS_PER_SEC;
    ASSERT_FALSE(result.ok()) << "report " << at << " of " << reports;
    EXPECT_EQ(result.status().code(), Code::kCancelled);
    EXPECT_LT(milliseconds, 50.0) << "report " << at << " of " << reports;
  }
}

TEST(CompareDraws, TheAdjustmentIsThatMade) {
  const Panel panel = RandomPanel(63, 24, 7, 0.9);
  CompareSpec spec = EverythingDrawn(199);
  const CompareResult mixed = MustCompare(panel, spec);
  EXPECT_EQ(mixed.adjustment, Adjustment::kRomanoWolf);
  EXPECT_TRUE(Warned(mixed, "ADJUSTMENT_HOLM"));
  std::vector<double> permuted;
  for (const Difference& difference : mixed.differences) {
    EXPECT_EQ(difference.inferences[0].adjustment, Adjustment::kRomanoWolf);
    EXPECT_EQ(difference.inferences[2].adjustment, Adjustment::kHolm);
    permuted.push_back(*difference.inferences[2].inference.p_value);
  }
  const std::vector<double> holm = HolmAdjusted(permuted);
  for (std::size_t k = 0; k < holm.size(); ++k) EXPECT_EQ(*mixed.differences[k].inferences[2].p_adjusted, holm[k]);
  // Nothing to draw: no clusters.
  spec.orderings.clear();
  spec.fit.inferences = {MakeInference(InferenceType::kHc1)};
  const CompareResult fallen = MustCompare(panel, spec);
  EXPECT_EQ(fallen.adjustment, Adjustment::kHolm);
  EXPECT_EQ(fallen.differences[0].inferences[0].adjustment, Adjustment::kHolm);
  EXPECT_TRUE(Warned(fallen, "ADJUSTMENT_HOLM"));
  for (const Adjustment asked : {Adjustment::kNone, Adjustment::kBenjaminiHochberg, Adjustment::kHolm}) {
    spec.adjustment = asked;
    const CompareResult plain = MustCompare(panel, spec);
    EXPECT_EQ(plain.adjustment, asked);
    EXPECT_FALSE(Warned(plain, "ADJUSTMENT_HOLM"));
  }
}

// Random splits: the observed one is one more beside them.
TEST(CompareDraws, PermutationCountsTheObservedSplit) {
  const Panel panel = RandomPanel(64, 45, 5, 0.95);
  CompareSpec spec;
  spec.fit = MakeSpec("y ~ x1 | unit", {Drawn(InferenceType::kPermutation, 199)});
  spec.by = "group";
  const CompareResult result = MustCompare(panel, spec);
  const DifferenceInference& drawn = result.differences[0].inferences[0];
  EXPECT_FALSE(drawn.enumerated);
  EXPECT_EQ(drawn.draws, 199);
  EXPECT_EQ(*drawn.inference.p_value, (static_cast<double>(*drawn.inference.greater_or_equal_count) + 1.0) / 200.0);
}

// Every preset is an inference of its own, the same as asked for by name.
TEST(CompareDraws, AllPresetsSideBySide) {
  const Panel panel = RandomPanel(65, 24, 7, 0.9);
  CompareSpec spec;
  spec.fit = MakeSpec("y ~ x1 | unit",
                      {MakeInference(InferenceType::kCr1, "unit", "all"),
                       MakeInference(InferenceType::kCr3, "unit", "all"), Drawn(InferenceType::kPermutation, 199)});
  spec.by = "group";
  const CompareResult all = MustCompare(panel, spec);
  const std::vector<DifferenceInference>& inferences = all.differences[0].inferences;
  std::set<std::string> presets;
  for (const DifferenceInference& each : inferences) {
    if (each.type != InferenceType::kCr1) continue;
    presets.insert(each.ssc);
    spec.fit.inferences = {MakeInference(InferenceType::kCr1, "unit", each.ssc)};
    const CompareResult one = MustCompare(panel, spec);
    EXPECT_EQ(one.differences[0].inferences[0].ssc, each.ssc);
    EXPECT_EQ(one.differences[0].inferences[0].inference.std_error, each.inference.std_error) << each.ssc;
    EXPECT_EQ(one.differences[0].inferences[0].inference.df, each.inference.df) << each.ssc;
  }
  EXPECT_GT(presets.size(), 5U);
  EXPECT_TRUE(presets.count("fixest") == 1 && presets.count("xtreg_fe") == 1);
  EXPECT_TRUE(inferences.back().ssc.empty());
  // One row a preset in the joint tests too, before Chow's.
  EXPECT_EQ(all.joints[0].tests.size(), inferences.size() + 1);
}

}  // namespace
}  // namespace farrell::regression::testing
