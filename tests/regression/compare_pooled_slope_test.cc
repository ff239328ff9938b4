// The pooled coefficient as a weighted sum over groups.
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "services/regression/engine/compare.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

CompareResult MustCompare(const Panel& panel, const CompareSpec& spec) {
  auto result = Compare(panel, spec, {});
  EXPECT_TRUE(result.ok()) << result.status().ToString();
  return std::move(result).value();
}

CompareSpec Spec(const std::string& formula, const std::vector<std::string>& terms) {
  CompareSpec spec;
  spec.fit = MakeSpec(formula, {MakeInference(InferenceType::kCr1, "unit")});
  spec.by = "group";
  spec.terms = terms;
  return spec;
}

double EstimateOf(const FitResult& fit, const std::string& term) {
  return *fit.terms[static_cast<std::size_t>(fit.FindTerm(term))].estimate;
}

// What is left of the left side of the formula, by row of the panel.
std::map<std::size_t, double> Residuals(const Panel& panel, const std::string& formula, const std::string& weights) {
  FitSpec spec = MakeSpec(formula);
  spec.observations = true;
  spec.weights = weights;
  const FitResult fit = MustFit(panel, spec);
  std::map<std::size_t, double> residuals;
  for (std::size_t i = 0; i < fit.observations->rows.size(); ++i) {
    residuals[fit.observations->rows[i]] = fit.observations->residuals(static_cast<Eigen::Index>(i));
  }
  return residuals;
}

// Weights and slopes from two regressions on everything but the term (Lovell 1963), for unbalanced panels with missing
// cells, with and without effects and weights.
TEST(PooledSlope, IsTheWeightedSumOfTheSlopesThroughItsResiduals) {
  for (const std::string effects : {"", " | unit", " | unit + time"}) {
    for (const std::string weights : {"", "w"}) {
      for (std::int64_t seed = 1; seed <= (LongRun() ? 200 : 10); ++seed) {
        Panel panel = RandomPanel(seed, 21, 8, 0.85);
        AddColumn(panel, "w", [](std::size_t row) { return 0.5 + static_cast<double>(row % 7); });
        // One sample for the regressions of both sides.
        panel = Filter(panel, [&](std::size_t row) {
          return std::isfinite(Numbers(panel, "y")[row]) && std::isfinite(Numbers(panel, "x1")[row]) &&
                 std::isfinite(Numbers(panel, "x2")[row]);
        });
        CompareSpec spec = Spec("y ~ x1 + x2" + effects, {"x1"});
        spec.fit.weights = weights;
        const CompareResult result = MustCompare(panel, spec);
        ASSERT_EQ(result.pooled_slopes.size(), 1U);
        const PooledSlope& slope = result.pooled_slopes[0];
        const auto x = Residuals(panel, "x1 ~ x2" + effects, weights);
        const auto y = Residuals(panel, "y ~ x2" + effects, weights);
        ASSERT_EQ(slope.shares.size(), 3U);
        double total = 0;
        std::map<std::string, double> squares;
        std::map<std::string, double> products;
        for (const auto& [row, residual] : x) {
          const std::string& group = FindColumn(panel, "group")->texts[row];
          const double w = weights.empty() ? 1 : Numbers(panel, "w")[row];
          squares[group] += w * residual * residual;
          products[group] += w * residual * y.at(row);
          total += w * residual * residual;
        }
        double sum = 0;
        double weight = 0;
        double mean = 0;
        for (std::size_t g = 0; g < 3; ++g) {
          const PooledSlopeShare& share = slope.shares[g];
          EXPECT_EQ(share.group, result.groups[g].group);
          EXPECT_NEAR(share.weight, squares[share.group] / total, 1e-12);
          EXPECT_NEAR(share.residual_slope, products[share.group] / squares[share.group], 1e-10);
          EXPECT_NEAR(share.estimate, EstimateOf(result.groups[g].fit, "x1"), 0);
          sum += share.weight * share.residual_slope;
          weight += share.weight;
          mean += share.weight * share.estimate;
        }
        EXPECT_NEAR(sum, slope.estimate, 1e-12);
        EXPECT_NEAR(weight, 1, 1e-13);
        EXPECT_EQ(slope.estimate, EstimateOf(result.pooled, "x1"));
        EXPECT_NEAR(slope.weighted_mean, mean, 1e-14);
        EXPECT_EQ(slope.remainder, slope.estimate - slope.weighted_mean);
        EXPECT_GT(std::abs(slope.remainder), 1e-9);
      }
    }
  }
}

// Without other regressors, and with effects that live in one group each, nothing is left over.
TEST(PooledSlope, HasNoRemainderWhereTheGroupsShareNothing) {
  const Panel panel = RandomPanel(5, 24, 6, 0.9);
  const CompareResult result = MustCompare(panel, Spec("y ~ x1 | unit", {"x1"}));
  ASSERT_EQ(result.pooled_slopes.size(), 1U);
  EXPECT_NEAR(result.pooled_slopes[0].remainder, 0, 1e-12);
}

TEST(PooledSlope, LeavesOutTermsThatAGroupDoesNotEstimate) {
  Panel panel = RandomPanel(6, 21, 8, 0.9);
  AddColumn(panel, "only_a", [&](std::size_t row) {
    return FindColumn(panel, "group")->texts[row] == "a" ? Numbers(panel, "x2")[row] : 0.0;
  });
  const CompareResult result = MustCompare(panel, Spec("y ~ x1 + only_a | unit + time", {"only_a", "x1"}));
  ASSERT_EQ(result.pooled_slopes.size(), 1U);
  EXPECT_EQ(result.pooled_slopes[0].term, "x1");
}

TEST(PooledSlope, IsOfLeastSquaresOnOneEquation) {
  Panel panel = RandomPanel(7, 21, 8, 0.9);
  AddColumn(panel, "count", [](std::size_t row) { return static_cast<double>(1 + row % 5); });
  CompareSpec spec = Spec("count ~ x1 | unit", {"x1"});
  spec.fit.estimator.kind = Estimator::kPoisson;
  EXPECT_TRUE(MustCompare(panel, spec).pooled_slopes.empty());
  CompareSpec two = Spec("y ~ x1 | unit", {});
  for (const char* outcome : {"y", "x3"}) {
    two.equations.push_back({outcome, MakeSpec(std::string(outcome) + " ~ x1 | unit").formula, ""});
  }
  EXPECT_TRUE(MustCompare(panel, two).pooled_slopes.empty());
}

}  // namespace
}  // namespace farrell::regression::testing
