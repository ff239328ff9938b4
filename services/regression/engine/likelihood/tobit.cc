#include "services/regression/engine/likelihood/tobit.h"

#include <cmath>

#include "common/numeric/elementary.h"

namespace farrell::regression {

bool TobitKernel::Prepare(double theta) {
  theta_ = theta;
  if (!(theta > 0.0) || !std::isfinite(theta)) return false;
  log_theta_ = numeric::Log(theta);
  return true;
}

RowTerms TobitKernel::operator()(Eigen::Index row, double m) const {
  const double y = y_(row);
  const bool low = bounds_.lower && y <= *bounds_.lower;
  const bool high = bounds_.upper && y >= *bounds_.upper;
  if (!low && !high) {
    const double r = theta_ * y - m;
    return {
        log_theta_ + numeric::LogNormalDensity(r), r, 1.0 / theta_ - y * r, 1.0, -y, 1.0 / (theta_ * theta_) + y * y};
  }
  // log P(beyond the bound): the upper tail from t on, t falling with m at an upper bound and rising at a lower one.
  const double bound = low ? *bounds_.lower : *bounds_.upper;
  const double t = low ? m - theta_ * bound : theta_ * bound - m;
  const numeric::NormalTail tail = numeric::UpperTail(t);
  const double toward = low ? -tail.hazard : tail.hazard;
  const double curvature = tail.hazard * tail.excess;
  return {tail.log_mass, toward, -bound * toward, curvature, -bound * curvature, bound * bound * curvature};
}

Result<std::optional<LocationScaleFit>> FitTobit(const Eigen::VectorXd& y, const Eigen::MatrixXd& q,
                                                 const Eigen::MatrixXd& r, const Eigen::VectorXd& weights,
                                                 const Bounds& bounds, const std::stop_token& stop) {
  const Eigen::VectorXd weighted = weights.size() > 0 ? Eigen::VectorXd(weights.cwiseProduct(y)) : y;
  const Eigen::VectorXd along = q.transpose() * weighted;
  Eigen::VectorXd residuals = y - q * along;
  if (weights.size() > 0) residuals.array() *= weights.array().sqrt();
  const double total = weights.size() > 0 ? weights.sum() : static_cast<double>(y.size());
  const double spread = residuals.norm() / std::sqrt(total);
  if (!(spread > 1e-12 * y.cwiseAbs().maxCoeff())) return std::optional<LocationScaleFit>();
  Eigen::VectorXd start(q.cols() + 1);
  start << along / spread, 1.0 / spread;
  return MaximiseLocationScale(q, r, weights, false, TobitKernel(y, bounds), start, NewtonOptions{}, true, stop);
}

}  // namespace farrell::regression
