// Fits that share clusters, periods or neighbouring periods: their differences have the variance of one model.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "services/regression/engine/compare.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

CompareResult MustCompare(const Panel& panel, const CompareSpec& spec) {
  auto result = Compare(panel, spec, {});
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return std::move(result).value();
}

InferenceSpec TwoWay() {
  InferenceSpec inference = MakeInference(InferenceType::kCr0, "unit");
  inference.further_clusters = {"time"};
  return inference;
}

InferenceSpec ThreeWay() {
  InferenceSpec inference = TwoWay();
  inference.further_clusters.emplace_back("block");
  return inference;
}

InferenceSpec Lagged(InferenceType type, int lag) {
  InferenceSpec inference = MakeInference(type, "", "none");
  inference.lag = lag;
  return inference;
}

// Shocks of a period that all units share, so that the second way matters.
Panel SharedShocks(std::int64_t seed) {
  Panel panel = RandomPanel(seed, 30, 12, 0.95);
  const std::vector<double> x1 = Numbers(panel, "x1");
  AddColumn(panel, "w", [&](std::size_t row) {
    const auto period = static_cast<double>(panel.times[row] % 7) - 3.0;
    return x1[row] * (1.0 + 0.5 * period) + Numbers(panel, "y")[row] + period;
  });
  return panel;
}

// Groups by themselves against one model with everything interacted.
TEST(CompareCorrelation, DifferencesOfGroupsAreThoseOfTheInteractedModel) {
  const Panel panel = SharedShocks(71);
  for (const InferenceSpec& inference :
       {TwoWay(), Lagged(InferenceType::kDriscollKraay, 0), Lagged(InferenceType::kDriscollKraay, 3),
        Lagged(InferenceType::kNeweyWest, 2)}) {
    CompareSpec spec;
    spec.fit = MakeSpec("w ~ x1", {inference});
    spec.by = "group";
    const CompareResult result = MustCompare(panel, spec);
    const FitResult whole = MustFit(panel, MakeSpec("w ~ i(group) + i(group):x1", {inference}));
    const Eigen::MatrixXd& v = whole.inferences[0].vcov;
    const auto place = [&](const std::string& group) {
      return static_cast<Eigen::Index>(whole.FindTerm("group::" + group + ":x1"));
    };
    double covariance = 0.0;
    for (const Difference& difference : result.differences) {
      const Eigen::Index a = place(difference.group);
      const Eigen::Index b = place(difference.versus);
      EXPECT_NEAR(*difference.inference.std_error, std::sqrt(v(a, a) + v(b, b) - 2.0 * v(a, b)),
                  1e-10 * *difference.inference.std_error)
          << InferenceLabel(inference) << " " << difference.group << " " << difference.versus;
      covariance = std::max(covariance, std::fabs(v(a, b)) / std::sqrt(v(a, a) * v(b, b)));
    }
    // Units lie in one group: only what is shared in a period correlates the groups.
    if (inference.type != InferenceType::kNeweyWest) {
      EXPECT_GT(covariance, 0.05) << InferenceLabel(inference);
    }
    const std::string& label = result.joints[0].tests[0].label;
    EXPECT_EQ(label.rfind(inference.type == InferenceType::kNeweyWest ? "Welch" : "Wald F", 0), 0U) << label;
  }
}

// Sums with signs may give correlations beyond one; repaired, every difference has a standard error.
TEST(CompareCorrelation, ImpossibleCorrelationsAreRepaired) {
  const Panel panel = SharedShocks(71);
  CompareSpec spec;
  spec.fit = MakeSpec("w ~ x1", {ThreeWay()});
  spec.by = "group";
  const FitResult whole = MustFit(panel, MakeSpec("w ~ i(group) + i(group):x1", {ThreeWay()}));
  const Eigen::MatrixXd& v = whole.inferences[0].vcov;
  const auto a = static_cast<Eigen::Index>(whole.FindTerm("group::a:x1"));
  const auto c = static_cast<Eigen::Index>(whole.FindTerm("group::c:x1"));
  ASSERT_LT(v(a, a) + v(c, c) - 2.0 * v(a, c), 0.0);
  for (const Difference& difference : MustCompare(panel, spec).differences) {
    ASSERT_TRUE(difference.inference.std_error) << difference.group << " " << difference.versus;
    EXPECT_GT(*difference.inference.std_error, 0.0);
  }
}

// An outcome and its double differ by the slope, with the standard error of the slope.
TEST(CompareCorrelation, EquationsOnTheSameRowsAreWhollyCorrelated) {
  Panel panel = SharedShocks(72);
  AddColumn(panel, "twice", [&](std::size_t row) { return 2.0 * Numbers(panel, "w")[row]; });
  InferenceSpec corrected = TwoWay();
  corrected.type = InferenceType::kCr1;
  for (const InferenceSpec& inference : {corrected, TwoWay(), ThreeWay(), Lagged(InferenceType::kDriscollKraay, 2),
                                         Lagged(InferenceType::kNeweyWest, 2)}) {
    CompareSpec spec;
    spec.fit.inferences = {inference};
    spec.equations = {{"one", ParseFormula("w ~ x1 | unit").value(), ""},
                      {"two", ParseFormula("twice ~ x1 | unit").value(), ""}};
    const CompareResult result = MustCompare(panel, spec);
    const FitResult one = MustFit(panel, MakeSpec("w ~ x1 | unit", {inference}));
    EXPECT_NEAR(*result.differences[0].inference.std_error, *one.inferences[0].terms[0].std_error, 1e-9)
        << InferenceLabel(inference);
  }
}

// Both ways inside the groups: nothing is shared, and Welch's form holds.
TEST(CompareCorrelation, WaysInsideGroupsShareNothing) {
  Panel panel = SharedShocks(73);
  AddColumn(panel, "pair", [&](std::size_t row) {
    return 10000.0 * panel.columns[4].texts[row][0] + static_cast<double>(panel.times[row]);
  });
  InferenceSpec inference = MakeInference(InferenceType::kCr0, "unit");
  inference.further_clusters = {"pair"};
  CompareSpec spec;
  spec.fit = MakeSpec("w ~ x1", {inference});
  spec.by = "group";
  const CompareResult result = MustCompare(panel, spec);
  ASSERT_TRUE(result.differences[0].inference.std_error);
  const double va = std::pow(*result.groups[0].compared[0].std_error, 2);
  const double vb = std::pow(*result.groups[1].compared[0].std_error, 2);
  EXPECT_NEAR(*result.differences[0].inference.std_error, std::sqrt(va + vb), 1e-14);
  EXPECT_EQ(result.joints[0].tests[0].label.rfind("Welch", 0), 0U);
}

TEST(CompareCorrelation, PanelCorrectedErrorsAreRefusedBetweenFits) {
  const Panel panel = RandomPanel(74, 12, 8, 1.0);
  CompareSpec spec;
  spec.fit = MakeSpec("x3 ~ x1", {MakeInference(InferenceType::kPcse)});
  spec.by = "group";
  const auto refused = Compare(panel, spec, {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().reason(), "INFERENCE_INVALID");
  EXPECT_EQ(refused.status().violations()[0].field, "inferences[0].type");
}

}  // namespace
}  // namespace farrell::regression::testing
