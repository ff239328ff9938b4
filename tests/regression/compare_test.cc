#include "services/regression/engine/compare.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <cmath>

#include "common/numeric/distributions.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

CompareSpec Spec(const std::string& formula, const std::vector<std::string>& terms = {}) {
  CompareSpec spec;
  spec.fit =
      MakeSpec(formula, {MakeInference(InferenceType::kCr3, "unit"), MakeInference(InferenceType::kCr1, "unit")});
  spec.by = "group";
  spec.terms = terms;
  return spec;
}

CompareResult MustCompare(const Panel& panel, const CompareSpec& spec) {
  auto result = Compare(panel, spec, {});
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return std::move(result).value();
}

bool Warned(const CompareResult& result, const std::string& code) {
  for (const Warning& warning : result.warnings) {
    if (warning.code == code) return true;
  }
  return false;
}

// Interacting everything, effects included, is one fit by group: slopes, and CR3 and uncorrected cluster variances,
// which are block diagonal across groups.
TEST(Compare, EverythingInteractedEqualsTheGroupFits) {
  const Panel panel = RandomPanel(81, 21, 8, 0.85);
  const CompareResult result = MustCompare(panel, Spec("y ~ x1 + x2 | unit + time", {"x1", "x2"}));
  FitSpec pooled = MakeSpec(
      "y ~ i(group):x1 + i(group):x2 | unit + group^time",
      {MakeInference(InferenceType::kCr3, "unit", "clubsandwich"), MakeInference(InferenceType::kCr1, "unit", "none")});
  const FitResult interacted = MustFit(panel, pooled);
  ASSERT_EQ(result.groups.size(), 3U);
  for (std::size_t g = 0; g < 3; ++g) {
    FitSpec alone = MakeSpec("y ~ x1 + x2 | unit + time", pooled.inferences);
    const Panel rows =
        Filter(panel, [&](std::size_t row) { return panel.columns[4].texts[row] == result.groups[g].group; });
    const FitResult fit = MustFit(rows, alone);
    for (std::size_t t = 0; t < 2; ++t) {
      const auto index =
          static_cast<std::size_t>(interacted.FindTerm("group::" + result.groups[g].group + ":" + result.terms[t]));
      EXPECT_NEAR(*interacted.terms[index].estimate, *result.groups[g].estimates[t], 1e-11);
      EXPECT_NEAR(*interacted.inferences[0].terms[index].std_error, *fit.inferences[0].terms[t].std_error, 1e-11);
      EXPECT_NEAR(*interacted.inferences[1].terms[index].std_error, *fit.inferences[1].terms[t].std_error, 1e-11);
    }
  }
  // Independent blocks: no covariance between groups.
  const Eigen::MatrixXd& v = interacted.inferences[1].vcov;
  EXPECT_NEAR(v(0, 1) / std::sqrt(v(0, 0) * v(1, 1)), 0.0, 1e-10);
}

TEST(Compare, GroupsDifferencesAndJointTestFollowTheirFormulae) {
  const Panel panel = RandomPanel(82, 23, 8, 0.85);
  const CompareResult result = MustCompare(panel, Spec("y ~ x1 + x2 | unit + time", {"x1", "x2"}));
  std::vector<double> b;
  std::vector<double> v;
  std::vector<double> f;
  for (const GroupFit& group : result.groups) {
    EXPECT_EQ(group.compared[0].df, static_cast<double>(group.fit.inferences[0].cluster_count - 1));
    b.push_back(*group.estimates[0]);
    v.push_back(*group.compared[0].std_error * *group.compared[0].std_error);
    f.push_back(*group.compared[0].df);
  }
  ASSERT_EQ(result.differences.size(), 6U);
  const Difference& difference = result.differences[1];  // a - c, x1
  EXPECT_EQ(difference.group, "a");
  EXPECT_EQ(difference.versus, "c");
  EXPECT_EQ(difference.term, "x1");
  EXPECT_NEAR(*difference.estimate, b[0] - b[2], 1e-15);
  EXPECT_NEAR(*difference.inference.std_error, std::sqrt(v[0] + v[2]), 1e-15);
  const double df = (v[0] + v[2]) * (v[0] + v[2]) / (v[0] * v[0] / f[0] + v[2] * v[2] / f[2]);
  EXPECT_NEAR(*difference.inference.df, df, 1e-12 * df);
  EXPECT_NEAR(*difference.inference.p_value, numeric::StudentTTwoSided(*difference.inference.statistic, df), 1e-14);
  const double half = numeric::StudentTQuantile(0.975, df) * std::sqrt(v[0] + v[2]);
  EXPECT_NEAR(*difference.inference.conf_high - *difference.estimate, half, 1e-12);

  const JointEquality joint = WelchTest(b, v, f);
  EXPECT_EQ(result.joints[0].term, "x1");
  EXPECT_EQ(result.joints[0].test->statistic, joint.test->statistic);
  // With two groups Welch's F is the squared t of the difference, on its degrees of freedom.
  const JointEquality two = WelchTest({b[0], b[2]}, {v[0], v[2]}, {f[0], f[2]});
  EXPECT_NEAR(two.test->statistic, std::pow(*difference.inference.statistic, 2), 1e-10);
  EXPECT_NEAR(two.test->df2, df, 1e-9 * df);
  EXPECT_NEAR(two.test->p_value, *difference.inference.p_value, 1e-12);
}

// Welch (1951) as in Snedecor & Cochran's form: three means with their own variances.
TEST(Compare, WelchByHand) {
  const JointEquality joint = WelchTest({1.0, 2.0, 4.0}, {0.25, 0.5, 1.0}, {4.0, 9.0, 19.0});
  // w = 4, 2, 1; W = 7; mean = 12/7; Q = sum w (b - 12/7)^2 = 52/7.
  EXPECT_NEAR(*joint.cochran_q, 52.0 / 7.0, 1e-14);
  const double lambda = std::pow(3.0 / 7.0, 2) / 4.0 + std::pow(5.0 / 7.0, 2) / 9.0 + std::pow(6.0 / 7.0, 2) / 19.0;
  EXPECT_NEAR(joint.test->statistic, (52.0 / 14.0) / (1.0 + 2.0 / 8.0 * lambda), 1e-14);
  EXPECT_NEAR(joint.test->df2, 8.0 / (3.0 * lambda), 1e-13);
}

TEST(Compare, HolmStepsDown) {
  EXPECT_THAT(HolmAdjusted({0.01, 0.04, 0.03}),
              ::testing::ElementsAre(::testing::DoubleEq(0.03), ::testing::DoubleEq(0.06), ::testing::DoubleEq(0.06)));
  EXPECT_THAT(HolmAdjusted({0.9, 0.8}), ::testing::ElementsAre(1.0, 1.0));
  EXPECT_TRUE(HolmAdjusted({}).empty());
  const Panel panel = RandomPanel(83, 21, 8, 0.85);
  CompareSpec spec = Spec("y ~ x1 | unit");
  const CompareResult adjusted = MustCompare(panel, spec);
  spec.adjustment = Adjustment::kNone;
  const CompareResult plain = MustCompare(panel, spec);
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_GE(*adjusted.differences[k].p_adjusted, *adjusted.differences[k].inference.p_value);
    EXPECT_EQ(*plain.differences[k].p_adjusted, *plain.differences[k].inference.p_value);
  }
}

TEST(Compare, OnlyTheTermsInteractedSharesTheRest) {
  const Panel panel = RandomPanel(84, 21, 8, 0.85);
  CompareSpec spec = Spec("y ~ x1 + x2 | unit + time");
  spec.interact = Interact::kTermsOnly;
  const CompareResult result = MustCompare(panel, spec);
  EXPECT_TRUE(Warned(result, "INTERACT_X_ONLY"));
  const FitResult by_hand =
      MustFit(panel, MakeSpec("y ~ i(group):x1 + x2 | unit + time", {MakeInference(InferenceType::kCr3, "unit")}));
  for (std::size_t g = 0; g < 3; ++g) {
    EXPECT_NEAR(*result.groups[g].estimates[0], *by_hand.terms[g].estimate, 1e-12);
    EXPECT_NEAR(*result.groups[g].compared[0].std_error, *by_hand.inferences[0].terms[g].std_error, 1e-12);
    EXPECT_EQ(*result.groups[g].compared[0].df, 6.0);  // 7 clusters a group, never 21
  }
  const Eigen::MatrixXd& v = by_hand.inferences[0].vcov;
  EXPECT_NEAR(*result.differences[0].inference.std_error, std::sqrt(v(0, 0) + v(1, 1) - 2.0 * v(0, 1)), 1e-12);
  // What the other way of interacting gives stands beside it.
  spec.interact = Interact::kEverything;
  const CompareResult everything = MustCompare(panel, spec);
  for (std::size_t g = 0; g < 3; ++g) {
    EXPECT_EQ(result.alternatives[g].estimate, *everything.groups[g].estimates[0]);
    EXPECT_EQ(everything.alternatives[g].estimate, *result.groups[g].estimates[0]);
  }
  EXPECT_FALSE(Warned(everything, "INTERACT_X_ONLY"));
}

// Groups whose control has opposite slopes: sharing it turns the order of the compared slopes round.
TEST(Compare, WarnsWhenTheChoiceMatters) {
  Panel panel = RandomPanel(85, 24, 10, 1.0);
  panel = Filter(panel, [&](std::size_t row) { return panel.columns[4].texts[row] != "c"; });
  const std::vector<double> x1 = Numbers(panel, "x1");
  AddColumn(panel, "z", [&](std::size_t row) { return x1[row] + 0.3 * Numbers(panel, "x3")[row]; });
  const std::vector<double> z = Numbers(panel, "z");
  AddColumn(panel, "w", [&](std::size_t row) {
    const bool a = panel.columns[4].texts[row] == "a";
    return (a ? 1.0 : 1.2) * x1[row] + (a ? 3.0 : -3.0) * z[row];
  });
  CompareSpec spec = Spec("w ~ x1 + z | unit");
  const CompareResult result = MustCompare(panel, spec);
  EXPECT_NEAR(*result.groups[0].estimates[0], 1.0, 1e-9);
  EXPECT_NEAR(*result.groups[1].estimates[0], 1.2, 1e-9);
  EXPECT_TRUE(Warned(result, "INTERACTION_CHOICE_MATTERS"));
  spec.interact = Interact::kTermsOnly;
  EXPECT_TRUE(Warned(MustCompare(panel, spec), "INTERACTION_CHOICE_MATTERS"));
}

TEST(Compare, AGroupLeftOutOfTheJointTestIsNamed) {
  Panel panel = RandomPanel(58, 12, 8, 0.9);
  AddColumn(panel, "part", [&](std::size_t row) {
    return panel.units[row] == "u1003" ? 3.0 : panel.units[row] < "u1006" ? 1.0 : 2.0;
  });
  CompareSpec spec;
  spec.fit = MakeSpec("y ~ x1 | unit", {MakeInference(InferenceType::kCr3, "unit")});
  spec.by = "part";
  const auto result = Compare(panel, spec, {});
  ASSERT_TRUE(result.ok());
  ASSERT_TRUE(result->joints[0].test);
  EXPECT_EQ(result->joints[0].test->df1, 1.0);
  bool named = false;
  for (const Warning& warning : result->warnings)
    named = named || (warning.code == "JOINT_TEST_PARTIAL" && warning.text.find("leaves out 3") != std::string::npos);
  EXPECT_TRUE(named);
}

TEST(Compare, GroupsThatCannotBeCompared) {
  Panel panel = RandomPanel(86, 12, 8, 0.9);
  const auto status = [&](const CompareSpec& spec) {
    const auto result = Compare(panel, spec, {});
    return result.ok() ? Status::Ok() : result.status();
  };
  EXPECT_EQ(status(Spec("y ~ x1 | unit", {"x9", "x1", "x8"})).violations().size(), 2U);
  EXPECT_EQ(status(Spec("y ~ 1")).reason(), "COMPARE_INVALID");
  CompareSpec nowhere = Spec("y ~ x1");
  nowhere.by = "nowhere";
  EXPECT_EQ(status(nowhere).reason(), "COLUMN_NOT_FOUND");
  // A column that tells every row from the others is no grouping.
  CompareSpec rows = Spec("y ~ x1");
  rows.by = "x3";
  const auto many = Compare(RandomPanel(86, 20, 8, 0.9), rows, {});
  EXPECT_EQ(many.status().reason(), "TOO_MANY_GROUPS");
  CompareSpec one = Spec("y ~ x1");
  for (std::string& text : panel.columns[4].texts) text = "same";
  EXPECT_EQ(status(one).reason(), "TOO_FEW_GROUPS");
  // A term that does not vary in one group: no estimate there, no difference, and the joint test of the others.
  panel = RandomPanel(86, 12, 8, 0.9);
  AddColumn(panel, "part",
            [&](std::size_t row) { return panel.columns[4].texts[row] == "b" ? 1.0 : Numbers(panel, "x1")[row]; });
  const CompareResult part = MustCompare(panel, Spec("y ~ part | unit"));
  EXPECT_FALSE(part.groups[1].estimates[0]);
  EXPECT_FALSE(part.differences[0].estimate);
  EXPECT_TRUE(part.differences[1].estimate);
  EXPECT_TRUE(part.joints[0].test);
  // Clusters that cross groups are said.
  CompareSpec crossed = Spec("y ~ x1");
  crossed.by = "block";
  EXPECT_TRUE(Warned(MustCompare(panel, crossed), "CLUSTERS_SPAN_GROUPS"));
}

}  // namespace
}  // namespace farrell::regression::testing
