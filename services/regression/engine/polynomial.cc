#include "services/regression/engine/polynomial.h"

#include <cmath>
#include <limits>

namespace farrell::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Polynomial::Polynomial(const VectorXd& x, int degree)
    : centre_(VectorXd::Zero(degree)), ratio_(VectorXd::Zero(degree)), size_(VectorXd::Zero(degree)) {
  // Values in [-1, 1], so that powers neither overflow nor vanish; halved before the difference for the same reason.
  const double low = x.minCoeff();
  const double high = x.maxCoeff();
  shift_ = 0.5 * low + 0.5 * high;
  scale_ = 0.5 * high - 0.5 * low;
  if (!(scale_ > std::numeric_limits<double>::min())) {
    scale_ = 1.0;
    return;
  }
  const VectorXd t = (x.array() - shift_) / scale_;
  VectorXd before = VectorXd::Zero(t.size());
  VectorXd here = VectorXd::Ones(t.size());
  double norm_before = 1.0;
  double norm = here.squaredNorm();
  for (int j = 0; j < degree; ++j) {
    centre_(j) = (t.array() * here.array().square()).sum() / norm;
    ratio_(j) = j > 0 ? norm / norm_before : 0.0;
    VectorXd next = (t.array() - centre_(j)) * here.array() - ratio_(j) * before.array();
    const double next_norm = next.squaredNorm();
    // With too few distinct values the polynomial is rounding.
    constexpr double kRounding = 1e-12;
    if (!(std::sqrt(next_norm) > kRounding * (t.array().abs() * here.array().abs()).matrix().norm())) return;
    size_(j) = std::sqrt(next_norm);
    before = std::move(here);
    here = std::move(next);
    norm_before = norm;
    norm = next_norm;
  }
}

MatrixXd Polynomial::Evaluate(const VectorXd& x, bool derivative) const {
  const Index degree = size_.size();
  MatrixXd columns = MatrixXd::Zero(x.size(), degree);
  for (Index row = 0; row < x.size(); ++row) {
    const double t = (x(row) - shift_) / scale_;
    double before = 0.0;
    double here = 1.0;
    double slope_before = 0.0;
    double slope = 0.0;
    for (Index j = 0; j < degree && size_(j) > 0.0; ++j) {
      const double next = (t - centre_(j)) * here - ratio_(j) * before;
      const double next_slope = here + (t - centre_(j)) * slope - ratio_(j) * slope_before;
      before = here;
      here = next;
      slope_before = slope;
      slope = next_slope;
      columns(row, j) = derivative ? slope / (size_(j) * scale_) : here / size_(j);
    }
  }
  return columns;
}

std::string PolynomialKey(const std::string& column, int degree) { return column + ", " + std::to_string(degree); }

}  // namespace farrell::regression
