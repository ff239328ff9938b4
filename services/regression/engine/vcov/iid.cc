#include <cmath>

#include "services/regression/engine/vcov/vcov.h"

namespace farrell::regression {

Eigen::MatrixXd VcovOf(const Fitted& fitted, const Eigen::MatrixXd& scores) {
  const Eigen::MatrixXd factor = fitted.solution.r.triangularView<Eigen::Upper>().solve(scores.transpose());
  return factor * factor.transpose();
}

Eigen::MatrixXd IidScores(const Fitted& fitted) {
  const double sigma = std::sqrt(fitted.solution.residuals.squaredNorm() / static_cast<double>(fitted.residual_df));
  return sigma * Eigen::MatrixXd::Identity(fitted.parameters(), fitted.parameters());
}

}  // namespace farrell::regression
