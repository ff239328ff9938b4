// Truncated regression: identities, derivatives, far tails, and data without a maximum.
#include "services/regression/engine/likelihood/truncated.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "common/numeric/distributions.h"
#include "common/numeric/normal_tail.h"
#include "common/numeric/random.h"
#include "services/regression/engine/least_squares.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

struct Sample {
  MatrixXd x;
  VectorXd y;
};

// y = 0.3 + sum of x_k (-1)^k / k + sigma e, drawn inside the bounds by inversion.
Sample Draw(std::int64_t seed, Index rows, Index columns, double sigma, const Bounds& bounds) {
  Sample sample;
  sample.x.resize(rows, columns);
  sample.y.resize(rows);
  for (Index i = 0; i < rows; ++i) {
    sample.x(i, 0) = 1.0;
    double mean = 0.3;
    for (Index k = 1; k < columns; ++k) {
      sample.x(i, k) = numeric::NormalDraw(seed, k, i);
      mean += (k % 2 == 0 ? 1.0 : -1.0) / static_cast<double>(k) * sample.x(i, k);
    }
    const double low = bounds.lower ? numeric::NormalCdf((*bounds.lower - mean) / sigma) : 0.0;
    const double high = bounds.upper ? numeric::NormalCdf((*bounds.upper - mean) / sigma) : 1.0;
    const double u = numeric::UniformDraw(seed, 1000, i);
    sample.y(i) = mean + sigma * numeric::NormalQuantile(low + u * (high - low));
  }
  return sample;
}

// The log-likelihood of row i at (b, log sigma), straight from the definition.
double RowLikelihood(const Sample& sample, const Bounds& bounds, Index i, const VectorXd& p) {
  const Index columns = sample.x.cols();
  const double sigma = std::exp(p(columns));
  const double mean = sample.x.row(i).dot(p.head(columns));
  double mass = 1.0;
  if (bounds.lower) mass -= numeric::NormalCdf((*bounds.lower - mean) / sigma);
  if (bounds.upper) mass -= numeric::NormalSurvival((*bounds.upper - mean) / sigma);
  return numeric::LogNormalDensity((sample.y(i) - mean) / sigma) - p(columns) - std::log(mass);
}

VectorXd Parameters(const TruncatedFit& fit) {
  VectorXd p(fit.coefficients.size() + 1);
  p << fit.coefficients, std::log(fit.sigma);
  return p;
}

// Richardson's extrapolation of central differences.
double Derivative(const std::function<double(double)>& f, double step) {
  const auto central = [&](double h) { return (f(h) - f(-h)) / (2.0 * h); };
  return (64.0 * central(step / 4) - 20.0 * central(step / 2) + central(step)) / 45.0;
}

const Bounds kCases[] = {{-0.5, {}}, {{}, 0.8}, {-0.7, 1.1}, {{}, {}}};

TEST(Truncated, ScoresAndHessianAreDerivatives) {
  for (const Bounds& bounds : kCases) {
    const Sample sample = Draw(3, 400, 4, 0.9, bounds);
    const auto fit = FitTruncated(sample.y, sample.x, bounds);
    ASSERT_TRUE(fit.ok()) << fit.status().ToString();
    const VectorXd p = Parameters(*fit);
    double total = 0.0;
    for (Index i = 0; i < sample.y.size(); ++i) total += RowLikelihood(sample, bounds, i, p);
    EXPECT_NEAR(fit->log_likelihood, total, 1e-10 * std::fabs(total));
    EXPECT_LT(fit->scores.colwise().sum().cwiseAbs().maxCoeff(), 1e-6);
    EXPECT_LT(fit->decrement, 1e-9);

    const auto row_score = [&](Index i, Index k, const VectorXd& at) {
      return Derivative(
          [&](double h) {
            VectorXd moved = at;
            moved(k) += h;
            return RowLikelihood(sample, bounds, i, moved);
          },
          0.02);
    };
    for (Index i = 0; i < 40; ++i) {
      for (Index k = 0; k < p.size(); ++k) EXPECT_NEAR(fit->scores(i, k), row_score(i, k, p), 1e-7) << i << " " << k;
    }
    const MatrixXd information = fit->root.transpose() * fit->root;
    for (Index k = 0; k < p.size(); ++k) {
      for (Index l = 0; l <= k; ++l) {
        double second = 0.0;
        for (Index i = 0; i < sample.y.size(); ++i) {
          second -= Derivative(
              [&](double h) {
                VectorXd moved = p;
                moved(l) += h;
                return row_score(i, k, moved);
              },
              0.02);
        }
        EXPECT_NEAR(information(k, l), second, 1e-6 * std::sqrt(information(k, k) * information(l, l)));
      }
    }
  }
}

TEST(Truncated, FarBoundsAreLeastSquares) {
  const Sample sample = Draw(5, 120, 3, 0.5, {});
  const LeastSquares ols = SolveLeastSquares(sample.x, sample.y);
  for (const Bounds& bounds : {Bounds{-1e3, {}}, Bounds{{}, 1e3}, Bounds{-1e3, 1e3}, Bounds{}}) {
    const auto fit = FitTruncated(sample.y, sample.x, bounds);
    ASSERT_TRUE(fit.ok()) << fit.status().ToString();
    EXPECT_LT((fit->coefficients - ols.coefficients).norm(), 1e-12);
    EXPECT_NEAR(fit->sigma, ols.residuals.norm() / std::sqrt(120.0), 1e-13);
  }
}

TEST(Truncated, AnUpperBoundIsALowerBoundOfTheNegative) {
  const Bounds upper{{}, 0.8};
  const Sample sample = Draw(6, 300, 4, 0.9, upper);
  const auto fit = FitTruncated(sample.y, sample.x, upper);
  const auto mirror = FitTruncated(-sample.y, sample.x, Bounds{-0.8, {}});
  ASSERT_TRUE(fit.ok() && mirror.ok());
  EXPECT_LT((fit->coefficients + mirror->coefficients).norm(), 1e-12);
  EXPECT_NEAR(fit->log_likelihood, mirror->log_likelihood, 1e-10);
  // A second bound far away changes nothing.
  const auto both = FitTruncated(sample.y, sample.x, Bounds{-200.0, 0.8});
  ASSERT_TRUE(both.ok());
  EXPECT_LT((fit->coefficients - both->coefficients).norm(), 1e-10);
}

TEST(Truncated, UnitsOfTheOutcomeAreUnits) {
  const Bounds bounds{-0.5, {}};
  const Sample sample = Draw(7, 300, 4, 0.9, bounds);
  const auto fit = FitTruncated(sample.y, sample.x, bounds);
  MatrixXd scaled = sample.x;
  scaled.col(1) *= 1e-8;
  scaled.col(2) *= 1e9;
  const auto other = FitTruncated(1e6 * sample.y, scaled, Bounds{-0.5e6, {}});
  ASSERT_TRUE(fit.ok() && other.ok());
  EXPECT_NEAR(other->coefficients(1) * 1e-14, fit->coefficients(1), 1e-11);
  EXPECT_NEAR(other->coefficients(2) * 1e3, fit->coefficients(2), 1e-11);
  EXPECT_NEAR(other->sigma * 1e-6, fit->sigma, 1e-11);
}

TEST(Truncated, WeightsAreRepetitions) {
  const Bounds bounds{-0.5, {}};
  const Sample sample = Draw(8, 200, 3, 0.9, bounds);
  VectorXd weights(200);
  Sample repeated;
  std::vector<Index> rows;
  for (Index i = 0; i < 200; ++i) {
    weights(i) = static_cast<double>(1 + i % 3);
    for (Index k = 0; k <= i % 3; ++k) rows.push_back(i);
  }
  repeated.x.resize(static_cast<Index>(rows.size()), 3);
  repeated.y.resize(static_cast<Index>(rows.size()));
  for (std::size_t k = 0; k < rows.size(); ++k) {
    repeated.x.row(static_cast<Index>(k)) = sample.x.row(rows[k]);
    repeated.y(static_cast<Index>(k)) = sample.y(rows[k]);
  }
  const auto regression = TruncatedRegression::Make(sample.x, bounds, weights);
  ASSERT_TRUE(regression.ok());
  const auto fit = regression->Fit(sample.y);
  const auto long_way = FitTruncated(repeated.y, repeated.x, bounds);
  ASSERT_TRUE(fit.ok() && long_way.ok());
  EXPECT_LT((fit->coefficients - long_way->coefficients).norm(), 1e-11);
  EXPECT_NEAR(fit->log_likelihood, long_way->log_likelihood, 1e-9);
  EXPECT_LT((fit->root.transpose() * fit->root - long_way->root.transpose() * long_way->root).norm(), 1e-7);
}

// Also where most of the distribution lies beyond the bound.
TEST(Truncated, RecoversTheParametersFromFarTails) {
  for (const double lower : {-0.5, 1.0, 2.0}) {
    const Bounds bounds{lower, {}};
    const Sample sample = Draw(9, 20000, 3, 0.9, bounds);
    const auto fit = FitTruncated(sample.y, sample.x, bounds);
    ASSERT_TRUE(fit.ok()) << lower << fit.status().ToString();
    const VectorXd truth = (VectorXd(4) << 0.3, -1.0, 0.5, std::log(0.9)).finished();
    // The squared distance in standard errors is chi-square with 4 degrees of freedom: below 23.5 but once in 10,000.
    EXPECT_LT((fit->root * (Parameters(*fit) - truth)).squaredNorm(), 23.5) << lower;
    EXPECT_LT(fit->iterations, 30);
  }
}

TEST(Truncated, AnyStartEndsAtTheSameMaximum) {
  const Bounds bounds{-0.5, {}};
  const Sample sample = Draw(10, 300, 4, 0.9, bounds);
  const auto fit = FitTruncated(sample.y, sample.x, bounds);
  ASSERT_TRUE(fit.ok());
  for (std::int64_t trial = 0; trial < 30; ++trial) {
    TruncatedOptions options;
    options.start_coefficients.resize(4);
    for (Index k = 0; k < 4; ++k) options.start_coefficients(k) = 3.0 * numeric::NormalDraw(11, trial, k);
    options.start_sigma = std::exp(1.5 * numeric::NormalDraw(12, trial, 0));
    const auto other = FitTruncated(sample.y, sample.x, bounds, options);
    ASSERT_TRUE(other.ok()) << trial << " " << other.status().ToString();
    EXPECT_LT((other->coefficients - fit->coefficients).norm(), 1e-8) << trial;
  }
}

TEST(Truncated, DataWiderThanExponentialHaveNoMaximum) {
  VectorXd y(200);
  for (Index i = 0; i < 200; ++i) {
    // Squares of exponential draws.
    const double e = -std::log(numeric::UniformDraw(13, 0, i));
    y(i) = 1.0 + e * e;
  }
  const auto fit = FitTruncated(y, MatrixXd::Ones(200, 1), Bounds{1.0, {}});
  ASSERT_FALSE(fit.ok());
  EXPECT_EQ(fit.status().reason(), "NOT_CONVERGED");
  // Two-point data pile up at the ends of an interval more than a uniform.
  VectorXd ends(100);
  for (Index i = 0; i < 100; ++i) ends(i) = i % 2 == 0 ? 0.01 : 0.99;
  const auto two = FitTruncated(ends, MatrixXd::Ones(100, 1), Bounds{0.0, 1.0});
  ASSERT_FALSE(two.ok());
  EXPECT_EQ(two.status().reason(), "NOT_CONVERGED");
}

TEST(Truncated, BadInputsAreErrors) {
  const Sample sample = Draw(14, 50, 3, 0.9, Bounds{-0.5, {}});
  const auto reason = [](const Result<TruncatedFit>& fit) { return fit.ok() ? "" : fit.status().reason(); };
  EXPECT_EQ(reason(FitTruncated(sample.y, sample.x, Bounds{0.0, {}})), "OUT_OF_BOUNDS");
  EXPECT_EQ(reason(FitTruncated(sample.y, sample.x, Bounds{1.0, 0.0})), "ESTIMATOR_INVALID");
  MatrixXd twice = sample.x;
  twice.col(2) = twice.col(1);
  EXPECT_EQ(reason(FitTruncated(sample.y, twice, Bounds{-0.5, {}})), "NOT_IDENTIFIED");
  EXPECT_EQ(reason(FitTruncated(sample.y.head(4), sample.x.topRows(4), Bounds{-0.5, {}})), "NOT_IDENTIFIED");
  EXPECT_EQ(reason(FitTruncated(VectorXd::Constant(50, 2.0), MatrixXd::Ones(50, 1), Bounds{-0.5, {}})),
            "NOT_CONVERGED");
  std::stop_source source;
  source.request_stop();
  const auto stopped = FitTruncated(sample.y, sample.x, Bounds{-0.5, {}}, {}, source.get_token());
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.status().code(), Code::kCancelled);
}

}  // namespace
}  // namespace farrell::regression
