// Poisson regressions: effects absorbed, separation, large counts.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <string>

#include "common/numeric/distributions.h"
#include "common/numeric/normal_tail.h"
#include "common/numeric/quadrature.h"
#include "common/numeric/random.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/inference.h"
#include "tests/regression/likelihood_cases.h"

namespace farrell::regression::testing {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

TEST(Poisson, DummiesAreEffectsAbsorbed) {
  const Panel panel = Made(33, 25, 6, 0.5);
  const Fitted absorbed = MustEstimate(panel, "count ~ x1 + x2 | unit + time", Kind(Estimator::kPoisson));
  // Units without a count are separated in both.
  const Fitted dummies = MustEstimate(panel, "count ~ x1 + x2 + i(unit) + i(time)", Kind(Estimator::kPoisson));
  EXPECT_LT((absorbed.solution.coefficients - dummies.solution.coefficients.segment(1, 2)).norm(), 1e-11);
  EXPECT_NEAR(*absorbed.log_likelihood, *dummies.log_likelihood, 1e-9);
  EXPECT_LT((absorbed.solution.residuals - dummies.solution.residuals).norm(), 1e-8);
  EXPECT_EQ(absorbed.residual_df, dummies.residual_df);
  const MatrixXd a = Inverse(absorbed);
  const MatrixXd b = Inverse(dummies);
  EXPECT_LT(((a * a.transpose()) - (b * b.transpose()).block(1, 1, 2, 2)).norm(), 1e-12);
  const MatrixXd sandwich = a * (absorbed.likelihood_scores.transpose() * absorbed.likelihood_scores) * a.transpose();
  const MatrixXd other = b * (dummies.likelihood_scores.transpose() * dummies.likelihood_scores) * b.transpose();
  EXPECT_LT((sandwich - other.block(1, 1, 2, 2)).norm(), 1e-12);
  EXPECT_NEAR(absorbed.average_effects(0), dummies.average_effects(0), 1e-11);
}

TEST(Poisson, SeparatedRowsAreLeftOutAndCounted) {
  Panel panel = Made(34, 20, 5, 0.3);
  // All outcomes of one unit are zero; and a column that is positive on zeros only.
  AddColumn(panel, "y", [&](std::size_t row) {
    return panel.units[row] == "u10003" || row % 7 == 0 ? 0.0
                                                        : Numbers(panel, "count")[row] + (row % 2 == 0 ? 1.0 : 0.0);
  });
  const auto separated = [](const Fitted& fitted) {
    std::int64_t count = 0;
    for (const DroppedRows& dropped : fitted.design.dropped) count += dropped.reason == "separated" ? dropped.count : 0;
    return count;
  };
  const Fitted unit = MustEstimate(panel, "y ~ x1 | unit", Kind(Estimator::kPoisson));
  EXPECT_EQ(separated(unit), 5);
  EXPECT_EQ(unit.design.units.count(), 19U);

  AddColumn(panel, "trap", [&](std::size_t row) {
    return Numbers(panel, "y")[row] == 0.0 && row % 7 == 0 ? 1.0 + 0.1 * static_cast<double>(row % 3) : 0.0;
  });
  std::int64_t expected = 0;
  for (const double value : Numbers(panel, "trap")) expected += value > 0.0 ? 1 : 0;
  const Fitted trapped = MustEstimate(panel, "y ~ x1 + trap", Kind(Estimator::kPoisson));
  EXPECT_EQ(separated(trapped), expected);
  const Panel rest = Filter(panel, [&](std::size_t row) { return Numbers(panel, "trap")[row] == 0.0; });
  const Fitted plain = MustEstimate(rest, "y ~ x1", Kind(Estimator::kPoisson));
  EXPECT_LT((trapped.solution.coefficients - plain.solution.coefficients).norm(), 1e-11);
  EXPECT_EQ(trapped.solution.kept.size(), 2U);
  // The same column moved by a multiple of another is the same trap.
  AddColumn(panel, "hidden",
            [&](std::size_t row) { return Numbers(panel, "trap")[row] + 2.0 * Numbers(panel, "x1")[row]; });
  const Fitted hidden = MustEstimate(panel, "y ~ x1 + hidden", Kind(Estimator::kPoisson));
  EXPECT_EQ(separated(hidden), expected);
  // Where positives and zeros both have it nothing is separated.
  AddColumn(panel, "fine", [&](std::size_t row) { return row % 7 == 0 || row == 1 ? 1.0 : 0.0; });
  if (Numbers(panel, "y")[1] == 0.0) panel.columns[7].numbers[1] = 2.0;
  EXPECT_EQ(separated(MustEstimate(panel, "y ~ x1 + fine", Kind(Estimator::kPoisson))), 0);
}

// Two effects that separate rows beyond levels of zeros: what is left is what the rectifier leaves of their dummies.
TEST(Poisson, RowsSeparatedByTwoEffectsAreThoseOfTheirDummies) {
  std::int64_t most = 0;
  for (std::int64_t seed = 40; seed < 46; ++seed) {
    Panel panel = Made(seed, 40, 2, 0.3);
    panel.columns.push_back({"a", true, {}, {}});
    panel.columns.push_back({"b", true, {}, {}});
    PanelColumn y{"y", false, {}, {}};
    for (std::size_t row = 0; row < panel.size(); ++row) {
      const auto cell = static_cast<std::int64_t>(row);
      panel.columns[7].texts.push_back(
          "a" + std::to_string(100 + static_cast<int>(20.0 * numeric::UniformDraw(seed, 8, cell))));
      panel.columns[8].texts.push_back(
          "b" + std::to_string(100 + static_cast<int>(20.0 * numeric::UniformDraw(seed, 9, cell))));
      y.numbers.push_back(numeric::UniformDraw(seed, 10, cell) < 0.45 ? 1.0 + Numbers(panel, "count")[row] : 0.0);
    }
    panel.columns.push_back(std::move(y));
    const auto absorbed = TryEstimate(panel, "y ~ x1 | a + b", Kind(Estimator::kPoisson));
    const auto dummies = TryEstimate(panel, "y ~ x1 + i(a) + i(b)", Kind(Estimator::kPoisson));
    ASSERT_TRUE(absorbed.ok()) << absorbed.status().ToString();
    ASSERT_TRUE(dummies.ok()) << dummies.status().ToString();
    EXPECT_NEAR(absorbed->solution.coefficients(0), dummies->solution.coefficients(1), 1e-8) << seed;
    std::int64_t separated = 0;
    std::int64_t left_out = 0;
    for (const DroppedRows& dropped : absorbed->design.dropped) {
      left_out += dropped.count;
      if (dropped.reason == "separated") separated += dropped.count;
    }
    EXPECT_EQ(absorbed->observations() + left_out, 80);
    most = std::max(most, separated);
  }
  EXPECT_GT(most, 5);
}

TEST(Poisson, LargeCountsAndUnits) {
  Panel panel = Made(35, 20, 5, 0.3);
  AddColumn(panel, "large", [&](std::size_t row) { return 1e9 * (Numbers(panel, "count")[row] + 0.25); });
  AddColumn(panel, "small", [&](std::size_t row) { return Numbers(panel, "count")[row] + 0.25; });
  AddColumn(panel, "x9", [&](std::size_t row) { return 1e9 * Numbers(panel, "x1")[row]; });
  const Fitted large = MustEstimate(panel, "large ~ x9 + x2 | unit", Kind(Estimator::kPoisson));
  const Fitted small = MustEstimate(panel, "small ~ x1 + x2 | unit", Kind(Estimator::kPoisson));
  EXPECT_NEAR(large.solution.coefficients(0) * 1e9, small.solution.coefficients(0), 1e-10);
  EXPECT_NEAR(large.solution.coefficients(1), small.solution.coefficients(1), 1e-10);
}

}  // namespace
}  // namespace farrell::regression::testing
