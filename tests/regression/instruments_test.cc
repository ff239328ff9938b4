// Two-stage least squares and LIML with effects: identities, collinear instruments, what is not identified.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/numeric/random.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Design MakeDesign(const Panel& panel, const std::string& formula, std::vector<std::string> classifications = {}) {
  DesignOptions options;
  options.panel_keys = true;
  options.classifications = std::move(classifications);
  auto design = BuildDesign(panel, MakeSpec(formula).formula, options);
  if (!design.ok()) throw std::runtime_error(design.status().ToString());
  return std::move(design).value();
}

Result<Fitted> TryEstimate(Design design, Estimator kind) {
  EstimatorSpec spec;
  spec.kind = kind;
  return Estimate(std::move(design), spec, {});
}

Fitted MustEstimate(Design design, Estimator kind) {
  auto fitted = TryEstimate(std::move(design), kind);
  if (!fitted.ok()) throw std::runtime_error(fitted.status().ToString());
  return std::move(fitted).value();
}

double Coefficient(const Fitted& fitted, const std::string& name) {
  for (std::size_t k = 0; k < fitted.solution.kept.size(); ++k) {
    if (fitted.design.names[static_cast<std::size_t>(fitted.solution.kept[k])] == name) {
      return fitted.solution.coefficients(static_cast<Eigen::Index>(k));
    }
  }
  throw std::runtime_error("no coefficient " + name);
}

// y depends on the endogenous d, the exogenous x1 and unit effects; z1, z2, z3 are instruments, z2 weak.
Panel InstrumentPanel(std::int64_t seed, int units = 20, int periods = 6) {
  Panel panel = RandomPanel(seed, units, periods, 0.85);
  const auto draw = [&](std::int64_t stream, std::size_t row) {
    return numeric::NormalDraw(seed + 1000, stream, static_cast<std::int64_t>(row));
  };
  for (const char* name : {"z1", "z2", "z3"}) {
    AddColumn(panel, name, [&](std::size_t row) { return draw(name[1], row); });
  }
  AddColumn(panel, "d", [&](std::size_t row) {
    return Numbers(panel, "z1")[row] + 0.1 * Numbers(panel, "z2")[row] - 0.4 * Numbers(panel, "z3")[row] +
           0.3 * Numbers(panel, "x1")[row] + draw(1, row);
  });
  AddColumn(panel, "d2", [&](std::size_t row) {
    return 0.6 * Numbers(panel, "z3")[row] + 0.5 * Numbers(panel, "z2")[row] + draw(1, row) + draw(3, row);
  });
  std::vector<double>& y = panel.columns[0].numbers;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    y[row] += 0.7 * Numbers(panel, "d")[row] - 0.2 * Numbers(panel, "d2")[row] + draw(1, row) + draw(2, row);
  }
  return panel;
}

TEST(TwoStageLeastSquares, WithTheRegressorAsItsOwnInstrumentIsLeastSquares) {
  const Panel panel = InstrumentPanel(1);
  for (const std::string effects : {"", " | unit", " | unit + time"}) {
    const Fitted plain =
        MustEstimate(MakeDesign(panel, "y ~ d + x1" + effects), effects.empty() ? Estimator::kOls : Estimator::kWithin);
    const std::string part = effects.empty() ? " | 0" : effects;
    for (const Estimator kind : {Estimator::kTwoStageLeastSquares, Estimator::kLiml}) {
      const Fitted own = MustEstimate(MakeDesign(panel, "y ~ x1" + part + " | d ~ d"), kind);
      for (const char* name : {"d", "x1"}) {
        EXPECT_NEAR(Coefficient(own, name), Coefficient(plain, name), 1e-12);
      }
      EXPECT_LT((own.solution.residuals - plain.solution.residuals).norm(), 1e-11 * plain.solution.residuals.norm());
      EXPECT_EQ(own.residual_df, plain.residual_df);
      EXPECT_EQ(own.kappa, 1.0);
    }
  }
}

// The textbook formula with dummies as columns.
TEST(TwoStageLeastSquares, IsItsFormulaWithDummies) {
  const Panel panel = InstrumentPanel(2);
  const Fitted fitted =
      MustEstimate(MakeDesign(panel, "y ~ x1 | unit + time | d + d2 ~ z1 + z2 + z3"), Estimator::kTwoStageLeastSquares);
  const Fitted dummies = MustEstimate(MakeDesign(panel, "y ~ x1 + i(unit) + i(time) | 0 | d + d2 ~ z1 + z2 + z3"),
                                      Estimator::kTwoStageLeastSquares);
  const Eigen::MatrixXd& x = dummies.design.x;
  Eigen::MatrixXd z(x.rows(), x.cols() - 2 + 3);
  Eigen::Index column = 0;
  for (Eigen::Index c = 0; c < x.cols(); ++c) {
    const auto& endogenous = dummies.design.endogenous;
    if (std::find(endogenous.begin(), endogenous.end(), c) == endogenous.end()) z.col(column++) = x.col(c);
  }
  z.rightCols(3) = dummies.design.z;
  const Eigen::MatrixXd projected = z * (z.transpose() * z).ldlt().solve(z.transpose() * x);
  const Eigen::VectorXd expected =
      (projected.transpose() * x).partialPivLu().solve(projected.transpose() * dummies.design.y);
  for (std::size_t k = 0; k < dummies.design.names.size(); ++k) {
    const std::string& name = dummies.design.names[k];
    EXPECT_NEAR(Coefficient(dummies, name), expected(static_cast<Eigen::Index>(k)), 1e-8) << name;
  }
  for (const char* name : {"d", "d2", "x1"}) {
    EXPECT_NEAR(Coefficient(fitted, name), Coefficient(dummies, name), 1e-9) << name;
  }
  EXPECT_EQ(fitted.residual_df, dummies.residual_df);
  // The estimating equations hold, and R'R = X'PX.
  EXPECT_LT((fitted.solution.q.transpose() * fitted.solution.residuals).norm(), 1e-10);
  const Eigen::MatrixXd bread = fitted.solution.r.transpose() * fitted.solution.r;
  const Eigen::MatrixXd instrumented = fitted.solution.q * fitted.solution.r;
  EXPECT_LT((bread - instrumented.transpose() * fitted.x_within).norm(), 1e-9 * bread.norm());
}

TEST(Liml, IsTwoStageLeastSquaresWhenExactlyIdentified) {
  const Panel panel = InstrumentPanel(3);
  const Design design = MakeDesign(panel, "y ~ x1 | unit | d + d2 ~ z1 + z3");
  const Fitted a = MustEstimate(design, Estimator::kTwoStageLeastSquares);
  const Fitted b = MustEstimate(design, Estimator::kLiml);
  EXPECT_EQ(a.solution.coefficients, b.solution.coefficients);
  EXPECT_EQ(b.kappa, 1.0);
}

// LIML minimises (y - Xb)'M_1(y - Xb) / (y - Xb)'M(y - Xb), and k is the minimum.
TEST(Liml, MinimisesTheVarianceRatio) {
  const Panel panel = InstrumentPanel(4);
  const Fitted liml = MustEstimate(MakeDesign(panel, "y ~ 0 | unit | d ~ z1 + z2 + z3"), Estimator::kLiml);
  EXPECT_GT(liml.kappa, 1.0);
  Eigen::MatrixXd z = liml.design.z;
  ASSERT_TRUE(liml.within.Demean(z).ok());
  const auto ratio = [&](double b) {
    const Eigen::VectorXd e = liml.y_within - b * liml.x_within.col(0);
    const Eigen::VectorXd rest = e - z * (z.transpose() * z).ldlt().solve(z.transpose() * e);
    return e.squaredNorm() / rest.squaredNorm();
  };
  const double b = Coefficient(liml, "d");
  EXPECT_NEAR(ratio(b), liml.kappa, 1e-12);
  for (const double step : {-1e-3, 1e-3, -0.1, 0.1}) EXPECT_GT(ratio(b + step), liml.kappa);
  // X'(I - kM)(y - Xb) = 0.
  EXPECT_LT((liml.solution.q.transpose() * liml.solution.residuals).norm(), 1e-10);
  const Eigen::MatrixXd bread = liml.solution.r.transpose() * liml.solution.r;
  EXPECT_NEAR((liml.solution.q * liml.solution.r).col(0).dot(liml.x_within.col(0)), bread(0, 0), 1e-9 * bread(0, 0));
}

TEST(Instruments, CollinearOnesAreSetAsideAndTold) {
  Panel panel = InstrumentPanel(5);
  AddColumn(panel, "sum", [&](std::size_t row) { return Numbers(panel, "z1")[row] + Numbers(panel, "x1")[row]; });
  const Fitted clean = MustEstimate(MakeDesign(panel, "y ~ x1 | unit | d ~ z1 + z3"), Estimator::kTwoStageLeastSquares);
  const Fitted fitted =
      MustEstimate(MakeDesign(panel, "y ~ x1 | unit | d ~ z1 + sum + z3"), Estimator::kTwoStageLeastSquares);
  EXPECT_THAT(fitted.collinear_instruments, ElementsAre("sum"));
  EXPECT_THAT(fitted.design.instrument_names, ElementsAre("z1", "z3"));
  EXPECT_NEAR(Coefficient(fitted, "d"), Coefficient(clean, "d"), 1e-13);
}

TEST(Instruments, TooFewAreAnErrorWithCounts) {
  const Panel panel = InstrumentPanel(6);
  const auto few = TryEstimate(MakeDesign(panel, "y ~ x1 | unit | d + d2 ~ z1"), Estimator::kTwoStageLeastSquares);
  ASSERT_FALSE(few.ok());
  EXPECT_EQ(few.status().reason(), "NOT_IDENTIFIED");
  EXPECT_THAT(few.status().message(), HasSubstr("2 endogenous regressors and 1 instruments"));
  // Two instruments, of which one is an exogenous regressor.
  const auto collinear =
      TryEstimate(MakeDesign(panel, "y ~ x1 | unit | d + d2 ~ z1 + x1"), Estimator::kTwoStageLeastSquares);
  ASSERT_FALSE(collinear.ok());
  EXPECT_THAT(collinear.status().message(), HasSubstr("collinear: x1"));
}

TEST(Instruments, WeightsAreRepeatedRows) {
  const Panel panel = InstrumentPanel(7);
  Design weighted = MakeDesign(panel, "y ~ x1 | unit + time | d ~ z1 + z2");
  weighted.weights = Eigen::VectorXd::LinSpaced(weighted.y.size(), 0.5, 2.0);
  const Fitted fitted = MustEstimate(weighted, Estimator::kTwoStageLeastSquares);
  // Weighted by hand: dummies as columns, everything times the root of the weight.
  Design by_hand = MakeDesign(panel, "y ~ 0 + x1 + i(unit) + i(time) | 0 | d ~ z1 + z2");
  WeightRows(by_hand.x, weighted.weights);
  WeightRows(by_hand.z, weighted.weights);
  by_hand.y.array() *= weighted.weights.array().sqrt();
  const Fitted plain = MustEstimate(by_hand, Estimator::kTwoStageLeastSquares);
  EXPECT_NEAR(Coefficient(fitted, "d"), Coefficient(plain, "d"), 1e-9);
  EXPECT_NEAR(Coefficient(fitted, "x1"), Coefficient(plain, "x1"), 1e-9);
  EXPECT_NEAR(fitted.solution.residuals.norm(), plain.solution.residuals.norm(), 1e-9);
}

}  // namespace
}  // namespace farrell::regression::testing
