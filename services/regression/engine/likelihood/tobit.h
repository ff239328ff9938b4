// Censored normal regression (Tobin 1958): y* = x'b + e, e normal with sd sigma; seen is y*, but the bound where y* is
// on or beyond it.
//
// In Olsen's (1978) parameters gamma = b / sigma and theta = 1 / sigma the log-likelihood is concave, so that Newton's
// method reaches its only maximum from anywhere. Scores and Hessian are with respect to (b, log sigma).
#pragma once

#include <Eigen/Core>
#include <stop_token>

#include "common/numeric/normal_tail.h"
#include "services/regression/engine/likelihood/location_scale.h"

namespace farrell::regression {

// A row of the likelihood in Olsen's parameters. An outcome on or beyond a bound is censored there.
class TobitKernel {
 public:
  TobitKernel(const Eigen::VectorXd& y, const Bounds& bounds) : y_(y), bounds_(bounds) {}

  bool Prepare(double theta);
  RowTerms operator()(Eigen::Index row, double m) const;

 private:
  const Eigen::VectorXd& y_;
  Bounds bounds_;
  double theta_ = 1.0;
  double log_theta_ = 0.0;
};

// x = q r with q'Wq = I; weights positive or empty. Unset: no maximum was reached. CANCELLED, NOT_IDENTIFIED.
Result<std::optional<LocationScaleFit>> FitTobit(const Eigen::VectorXd& y, const Eigen::MatrixXd& q,
                                                 const Eigen::MatrixXd& r, const Eigen::VectorXd& weights,
                                                 const Bounds& bounds, const std::stop_token& stop);

}  // namespace farrell::regression
