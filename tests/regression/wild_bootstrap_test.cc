#include "services/regression/engine/wild_bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/regression/panels.h"
#include "tests/regression/threads.h"

namespace farrell::regression::testing {
namespace {

Fitted Prepare(const Panel& panel, const std::string& formula, const std::string& cluster) {
  DesignOptions options;
  options.classifications = {cluster};
  auto design = BuildDesign(panel, ParseFormula(formula).value(), options);
  EXPECT_TRUE(design.ok());
  auto fitted = EstimateLeastSquares(std::move(design).value());
  EXPECT_TRUE(fitted.ok());
  return std::move(fitted).value();
}

WildBootstrap MustBootstrap(const Fitted& fitted, const std::string& cluster, const WildBootstrapSpec& spec,
                            const Environment& environment = {}) {
  auto result = RunWildBootstrap(fitted, fitted.design.classifications.at(cluster), spec, environment);
  EXPECT_TRUE(result.ok());
  return std::move(result).value();
}

// One draw the long way: restricted fit, weights, effects out again, full fit, clustered t.
double PlainDraw(const Fitted& fitted, const Levels& clusters, Eigen::Index term, const Eigen::VectorXd& weights) {
  Eigen::MatrixXd x(fitted.observations(), fitted.parameters());
  for (Eigen::Index k = 0; k < x.cols(); ++k)
    x.col(k) = fitted.design.x.col(fitted.solution.kept[static_cast<std::size_t>(k)]);
  EXPECT_TRUE(fitted.within.Demean(x).ok());
  Eigen::MatrixXd others(x.rows(), x.cols() - 1);
  Eigen::Index next = 0;
  for (Eigen::Index k = 0; k < x.cols(); ++k) {
    if (k != term) others.col(next++) = x.col(k);
  }
  const Eigen::VectorXd restricted = SolveLeastSquares(others, fitted.y_within).residuals;
  Eigen::MatrixXd draw(restricted.size(), 1);
  for (Eigen::Index row = 0; row < restricted.size(); ++row) {
    draw(row, 0) = weights(clusters.ids[static_cast<std::size_t>(row)]) * restricted(row);
  }
  EXPECT_TRUE(fitted.within.Demean(draw).ok());
  const LeastSquares fit = SolveLeastSquares(x, draw.col(0));
  const Eigen::MatrixXd influence = fit.Weights();
  Eigen::VectorXd scores = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(clusters.count()));
  for (Eigen::Index row = 0; row < x.rows(); ++row) {
    scores(clusters.ids[static_cast<std::size_t>(row)]) += influence(row, term) * fit.residuals(row);
  }
  return std::fabs(fit.coefficients(term)) / scores.norm();
}

TEST(WildBootstrap, EveryDrawIsTheLongOne) {
  for (const char* formula : {"y ~ x1 + x2", "y ~ x1 + x2 | unit", "y ~ x1 + x2 | unit + time"}) {
    const Panel panel = RandomPanel(51, 6, 9, 0.9);
    const Fitted fitted = Prepare(panel, formula, "unit");
    const Levels& clusters = fitted.design.classifications.at("unit");
    WildBootstrapSpec spec;
    spec.weights = BootstrapWeights::kRademacher;
    const WildBootstrap fast = MustBootstrap(fitted, "unit", spec);
    ASSERT_TRUE(fast.enumerated);
    ASSERT_EQ(fast.draws, 64);
    for (Eigen::Index term = 0; term < fitted.parameters(); ++term) {
      const WildTest& test = fast.tests[static_cast<std::size_t>(term)];
      std::int64_t greater = 0;
      std::int64_t greater_or_equal = 0;
      for (int mask = 0; mask < 64; ++mask) {
        Eigen::VectorXd weights(6);
        for (int g = 0; g < 6; ++g) weights(g) = (mask >> g & 1) != 0 ? -1.0 : 1.0;
        const double t = PlainDraw(fitted, clusters, term, weights);
        greater += t > test.abs_t * (1 + 1e-9) ? 1 : 0;
        greater_or_equal += t >= test.abs_t * (1 - 1e-9) ? 1 : 0;
      }
      EXPECT_EQ(test.greater, greater) << formula;
      EXPECT_EQ(test.greater_or_equal, greater_or_equal) << formula;
      // The vector of ones and its opposite always tie with the observed statistic.
      EXPECT_GE(test.greater_or_equal - test.greater, 2);
    }
  }
}

TEST(WildBootstrap, ThreadsLeaveNoTrace) {
  const Panel panel = RandomPanel(52, 20, 8, 0.8);
  const Fitted fitted = Prepare(panel, "y ~ x1 + x2 | unit + time", "unit");
  WildBootstrapSpec spec;
  spec.draws = 5000;
  spec.weights = BootstrapWeights::kWebb;
  spec.seed = 42;
  const WildBootstrap one = MustBootstrap(fitted, "unit", spec);
  EXPECT_EQ(one.draws, 5000);
  for (int threads : {2, 8}) {
    const WildBootstrap many = MustBootstrap(fitted, "unit", spec, InThreads(threads));
    for (std::size_t k = 0; k < one.tests.size(); ++k) {
      EXPECT_EQ(one.tests[k].greater, many.tests[k].greater);
      EXPECT_EQ(one.tests[k].greater_or_equal, many.tests[k].greater_or_equal);
      EXPECT_EQ(one.tests[k].conf_low, many.tests[k].conf_low);
      EXPECT_EQ(one.tests[k].conf_high, many.tests[k].conf_high);
    }
  }
  spec.seed = 43;
  EXPECT_NE(MustBootstrap(fitted, "unit", spec).tests[0].conf_low, one.tests[0].conf_low);
}

TEST(WildBootstrap, RandomSignsApproachAllSigns) {
  const Panel panel = RandomPanel(53, 12, 8, 0.9);
  const Fitted fitted = Prepare(panel, "y ~ x1 + x2 | unit + time", "unit");
  WildBootstrapSpec all;
  all.weights = BootstrapWeights::kRademacher;
  const WildBootstrap enumerated = MustBootstrap(fitted, "unit", all);
  ASSERT_TRUE(enumerated.enumerated);
  WildBootstrapSpec some = all;
  some.draws = 4095;  // one less than 2^12: random
  const WildBootstrap random = MustBootstrap(fitted, "unit", some);
  ASSERT_FALSE(random.enumerated);
  for (std::size_t k = 0; k < 2; ++k) {
    const double p = static_cast<double>(enumerated.tests[k].greater_or_equal) / 4096.0;
    const double q = static_cast<double>(random.tests[k].greater_or_equal) / 4095.0;
    EXPECT_NEAR(p, q, 5.0 * std::sqrt(p * (1.0 - p) / 4095.0) + 1e-3);
  }
}

// The ends of the interval are where the p-value crosses its level.
TEST(WildBootstrap, IntervalInvertsTheTest) {
  const Panel panel = RandomPanel(54, 18, 8, 0.9);
  const Fitted fitted = Prepare(panel, "y ~ x1 + x2 | unit + time", "unit");
  WildBootstrapSpec spec;
  spec.draws = 1999;
  const WildBootstrap whole = MustBootstrap(fitted, "unit", spec);
  ASSERT_TRUE(whole.tests[0].conf_low && whole.tests[0].conf_high);
  const double low = *whole.tests[0].conf_low;
  const double high = *whole.tests[0].conf_high;
  EXPECT_LT(low, fitted.solution.coefficients(0));
  EXPECT_GT(high, fitted.solution.coefficients(0));
  const double width = high - low;
  const auto p_at = [&](double value) {
    WildBootstrapSpec null = spec;
    null.null_value = value;
    return static_cast<double>(MustBootstrap(fitted, "unit", null).tests[0].greater_or_equal) / 1999.0;
  };
  EXPECT_GT(p_at(low + 1e-6 * width), 0.05);
  EXPECT_LE(p_at(low - 1e-6 * width), 0.05);
  EXPECT_GT(p_at(high - 1e-6 * width), 0.05);
  EXPECT_LE(p_at(high + 1e-6 * width), 0.05);
}

TEST(WildBootstrap, StopsWhenAsked) {
  const Panel panel = RandomPanel(55, 30, 8, 0.9);
  const Fitted fitted = Prepare(panel, "y ~ x1 + x2 | unit + time", "unit");
  WildBootstrapSpec spec;
  spec.draws = 999999;
  std::stop_source source;
  Environment environment;
  environment.stop = source.get_token();
  std::int64_t reported = 0;
  environment.progress = [&](std::int64_t done, std::int64_t total) {
    EXPECT_EQ(total, 999999);
    reported = done;
    source.request_stop();
  };
  const auto result = RunWildBootstrap(fitted, fitted.design.classifications.at("unit"), spec, environment);
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.status().code(), Code::kCancelled);
  EXPECT_LT(reported, 10000);
}

}  // namespace
}  // namespace farrell::regression::testing
