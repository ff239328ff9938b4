// Normal regression truncated at bounds: y = x'b + e, e normal with sd sigma, seen only where lower < y < upper.
//
// log f = log theta + log phi(theta y - m) - log[Phi(theta upper - m) - Phi(theta lower - m)], m = x'gamma, with
// theta = 1/sigma and gamma = b/sigma (Olsen 1978). In (theta gamma, theta^2) this is an exponential family, so that
// there is at most one maximum (Orme 1989 for these parameters) and every scoring step is an ascent from any start.
// There is none when the data are spread like an exponential distribution or wider above one bound, or a uniform one
// between two: sigma grows without end, and the fit is an error.
//
// Scores and Hessian are with respect to (b, log sigma).
#pragma once

#include <Eigen/Core>
#include <stop_token>

#include "common/status/status.h"
#include "services/regression/engine/likelihood/location_scale.h"

namespace farrell::regression {

struct TruncatedOptions {
  // Where to begin, of length K and positive; both or neither. Default: least squares.
  Eigen::VectorXd start_coefficients;
  double start_sigma = 0.0;
  int max_iterations = 100;
  // Of the Newton decrement: distance to the maximum in standard errors.
  double tolerance = 1e-11;
  // Also return scores and root; bootstraps do without.
  bool derivatives = true;
};

using TruncatedFit = LocationScaleFit;

// One matrix of regressors, factorised once, for many outcomes.
class TruncatedRegression {
 public:
  // x is N x K of full column rank; weights positive of length N, or empty for ones.
  // FAILED_PRECONDITION NOT_IDENTIFIED (a collinear column, or no more rows than parameters). INVALID_ARGUMENT
  // ESTIMATOR_INVALID (bounds).
  static Result<TruncatedRegression> Make(const Eigen::MatrixXd& x, const Bounds& bounds,
                                          const Eigen::VectorXd& weights = {});

  // x = q r factorised already, with q'Wq = I and lower < upper.
  static TruncatedRegression FromFactors(Eigen::MatrixXd q, Eigen::MatrixXd r, const Bounds& bounds,
                                         Eigen::VectorXd weights = {});

  // INVALID_ARGUMENT OUT_OF_BOUNDS (an outcome that could not have been seen), FAILED_PRECONDITION NOT_CONVERGED,
  // CANCELLED.
  Result<TruncatedFit> Fit(const Eigen::VectorXd& y, const TruncatedOptions& options = {},
                           const std::stop_token& stop = {}) const;

 private:
  Bounds bounds_;
  Eigen::VectorXd weights_;
  // sqrt(weights) x = q r; `q_` is that divided by sqrt(weights) again, so that x = q_ r_.
  Eigen::MatrixXd q_;
  Eigen::MatrixXd r_;
};

// Make and Fit in one.
Result<TruncatedFit> FitTruncated(const Eigen::VectorXd& y, const Eigen::MatrixXd& x, const Bounds& bounds,
                                  const TruncatedOptions& options = {}, const std::stop_token& stop = {});

}  // namespace farrell::regression
