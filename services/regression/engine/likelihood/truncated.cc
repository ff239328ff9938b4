#include "services/regression/engine/likelihood/truncated.h"

#include <Eigen/QR>
#include <cmath>
#include <string>
#include <utility>

#include "common/numeric/elementary.h"
#include "common/numeric/normal_tail.h"
#include "services/regression/engine/least_squares.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// A standard deviation this many times that of least-squares residuals is one that grows without end.
constexpr double kMaxSpread = 1e4;

// With a the standardised bound and r the standardised residual, r - a = theta (y - lower): beyond zero the logarithms
// of density and mass are subtracted before they grow. Upper bounds are lower bounds of -y (sign -1).
class OneBoundKernel {
 public:
  OneBoundKernel(const VectorXd& y, double sign, double bound, double least_theta)
      : y_(y), sign_(sign), bound_(sign * bound), least_theta_(least_theta) {}

  bool Prepare(double theta) {
    theta_ = theta;
    if (!(theta > least_theta_)) return false;
    log_theta_ = numeric::Log(theta);
    return std::isfinite(theta);
  }

  RowTerms operator()(Index row, double m) const {
    const double y = sign_ * y_(row);
    const double index = sign_ * m;
    const double a = theta_ * bound_ - index;
    const double r = theta_ * y - index;
    const numeric::NormalTail tail = numeric::UpperTail(a);
    RowTerms terms;
    terms.value = log_theta_ + (a > 0.0 ? numeric::Log(tail.hazard) - 0.5 * theta_ * (y - bound_) * (r + a)
                                        : numeric::LogNormalDensity(r) - tail.log_mass);
    terms.index = sign_ * (r - tail.hazard);
    terms.scale = 1.0 / theta_ - y * r + bound_ * tail.hazard;
    // d hazard / da = 1 - variance.
    const double rise = 1.0 - tail.variance;
    terms.index2 = tail.variance;
    terms.cross = sign_ * (bound_ * rise - y);
    terms.scale2 = 1.0 / (theta_ * theta_) + y * y - bound_ * bound_ * rise;
    return terms;
  }

 private:
  const VectorXd& y_;
  double sign_;
  double bound_;
  double least_theta_;
  double theta_ = 1.0;
  double log_theta_ = 0.0;
};

class TwoBoundKernel {
 public:
  TwoBoundKernel(const VectorXd& y, double lower, double upper, double least_theta)
      : y_(y), lower_(lower), upper_(upper), least_theta_(least_theta) {}

  bool Prepare(double theta) {
    theta_ = theta;
    if (!(theta > least_theta_)) return false;
    log_theta_ = numeric::Log(theta);
    return std::isfinite(theta);
  }

  RowTerms operator()(Index row, double m) const {
    const double y = y_(row);
    const double a = theta_ * lower_ - m;
    const double b = theta_ * upper_ - m;
    const double r = theta_ * y - m;
    const numeric::NormalInterval interval = numeric::Interval(a, b);
    const double pa = interval.lower_density;
    const double pb = interval.upper_density;
    // Second derivatives of the log of the mass.
    const double aa = pa * (a - pa);
    const double bb = -pb * (b + pb);
    const double ab = pa * pb;
    RowTerms terms;
    terms.value = log_theta_ + numeric::LogNormalDensity(r) - interval.log_mass;
    terms.index = r - (pa - pb);
    terms.scale = 1.0 / theta_ - y * r + lower_ * pa - upper_ * pb;
    terms.index2 = 1.0 + aa + 2.0 * ab + bb;
    terms.cross = -y - (lower_ * aa + (lower_ + upper_) * ab + upper_ * bb);
    terms.scale2 =
        1.0 / (theta_ * theta_) + y * y + lower_ * lower_ * aa + 2.0 * lower_ * upper_ * ab + upper_ * upper_ * bb;
    return terms;
  }

 private:
  const VectorXd& y_;
  double lower_;
  double upper_;
  double least_theta_;
  double theta_ = 1.0;
  double log_theta_ = 0.0;
};

class UnboundedKernel {
 public:
  explicit UnboundedKernel(const VectorXd& y) : y_(y) {}
  bool Prepare(double theta) {
    theta_ = theta;
    if (!(theta > 0.0)) return false;
    log_theta_ = numeric::Log(theta);
    return std::isfinite(theta);
  }
  RowTerms operator()(Index row, double m) const {
    const double y = y_(row);
    const double r = theta_ * y - m;
    return {
        log_theta_ + numeric::LogNormalDensity(r), r, 1.0 / theta_ - y * r, 1.0, -y, 1.0 / (theta_ * theta_) + y * y};
  }

 private:
  const VectorXd& y_;
  double theta_ = 1.0;
  double log_theta_ = 0.0;
};

Status NotConverged(int max_iterations) {
  return FailedPrecondition(
      "NOT_CONVERGED",
      "the truncated regression has no maximum within reach: sigma still grows, or the score is not zero after " +
          std::to_string(max_iterations) +
          " iterations. The outcome is spread too widely beyond its bound for a truncated normal distribution; check "
          "the bounds, take the logarithm of the outcome, or leave out regressors");
}

}  // namespace

Result<TruncatedRegression> TruncatedRegression::Make(const MatrixXd& x, const Bounds& bounds,
                                                      const VectorXd& weights) {
  if (bounds.lower && bounds.upper && !(*bounds.lower < *bounds.upper)) {
    return InvalidArgument("ESTIMATOR_INVALID", "the lower bound must be below the upper bound");
  }
  if (x.rows() <= x.cols() + 1) {
    return FailedPrecondition("NOT_IDENTIFIED", "a truncated regression on " + std::to_string(x.cols()) +
                                                    " columns needs more than " + std::to_string(x.cols() + 1) +
                                                    " rows, not " + std::to_string(x.rows()));
  }
  TruncatedRegression regression;
  regression.bounds_ = bounds;
  regression.weights_ = weights;
  const VectorXd root = weights.size() > 0 ? VectorXd(weights.cwiseSqrt()) : VectorXd();
  const MatrixXd weighted = root.size() > 0 ? MatrixXd(root.asDiagonal() * x) : x;
  const Eigen::HouseholderQR<MatrixXd> factor(weighted);
  regression.r_ = factor.matrixQR().topRows(x.cols()).triangularView<Eigen::Upper>();
  for (Index j = 0; j < x.cols(); ++j) {
    if (!(std::fabs(regression.r_(j, j)) > kCollinearTolerance * weighted.col(j).stableNorm())) {
      return FailedPrecondition("NOT_IDENTIFIED",
                                "column " + std::to_string(j) + " is collinear with earlier ones: leave it out");
    }
  }
  regression.q_ = factor.householderQ() * MatrixXd::Identity(x.rows(), x.cols());
  if (root.size() > 0) regression.q_ = root.cwiseInverse().asDiagonal() * regression.q_;
  return regression;
}

TruncatedRegression TruncatedRegression::FromFactors(MatrixXd q, MatrixXd r, const Bounds& bounds, VectorXd weights) {
  TruncatedRegression regression;
  regression.bounds_ = bounds;
  regression.weights_ = std::move(weights);
  regression.q_ = std::move(q);
  regression.r_ = std::move(r);
  return regression;
}

Result<TruncatedFit> TruncatedRegression::Fit(const VectorXd& y, const TruncatedOptions& options,
                                              const std::stop_token& stop) const {
  const Index columns = q_.cols();
  Index outside = 0;
  for (const double value : y) {
    const bool inside = std::isfinite(value) && (!bounds_.lower || value > *bounds_.lower) &&
                        (!bounds_.upper || value < *bounds_.upper);
    outside += inside ? 0 : 1;
  }
  if (outside > 0) {
    return InvalidArgument("OUT_OF_BOUNDS", std::to_string(outside) +
                                                " outcomes are not strictly between the bounds of the truncation: "
                                                "leave these rows out or change the bounds");
  }
  // Least squares in Q-coordinates; q'Wq = I.
  const VectorXd weighted = weights_.size() > 0 ? VectorXd(weights_.cwiseProduct(y)) : y;
  const VectorXd along = q_.transpose() * weighted;
  VectorXd residuals = y - q_ * along;
  if (weights_.size() > 0) residuals.array() *= weights_.array().sqrt();
  const double total = weights_.size() > 0 ? weights_.sum() : static_cast<double>(y.size());
  const double spread = residuals.norm() / std::sqrt(total);
  if (!(spread > kCollinearTolerance * y.cwiseAbs().maxCoeff())) {
    return FailedPrecondition("NOT_CONVERGED",
                              "the regressors reproduce the outcome: sigma is zero and a truncated regression has no "
                              "maximum; leave out regressors");
  }
  VectorXd start(columns + 1);
  const bool warm = options.start_coefficients.size() == columns && options.start_sigma > 0.0;
  if (warm) {
    start << r_.triangularView<Eigen::Upper>() * options.start_coefficients / options.start_sigma,
        1.0 / options.start_sigma;
  } else {
    start << along / spread, 1.0 / spread;
  }
  const double least_theta = 1.0 / (kMaxSpread * spread);
  const auto run = [&](auto kernel) {
    return MaximiseLocationScale(q_, r_, weights_, true, std::move(kernel), start,
                                 {options.max_iterations, options.tolerance}, options.derivatives, stop);
  };
  FARRELL_ASSIGN_OR_RETURN(std::optional<TruncatedFit> fit,
                           bounds_.lower && bounds_.upper
                               ? run(TwoBoundKernel(y, *bounds_.lower, *bounds_.upper, least_theta))
                           : bounds_.lower ? run(OneBoundKernel(y, 1.0, *bounds_.lower, least_theta))
                           : bounds_.upper ? run(OneBoundKernel(y, -1.0, *bounds_.upper, least_theta))
                                           : run(UnboundedKernel(y)));
  if (fit) return *std::move(fit);
  if (!warm) return NotConverged(options.max_iterations);
  // A start far off may creep; least squares does not.
  TruncatedOptions cold = options;
  cold.start_sigma = 0.0;
  return Fit(y, cold, stop);
}

Result<TruncatedFit> FitTruncated(const VectorXd& y, const MatrixXd& x, const Bounds& bounds,
                                  const TruncatedOptions& options, const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const TruncatedRegression regression, TruncatedRegression::Make(x, bounds));
  return regression.Fit(y, options, stop);
}

}  // namespace farrell::regression
