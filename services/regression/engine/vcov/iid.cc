#include "services/regression/engine/vcov/vcov.h"

namespace farrell::regression {

Eigen::MatrixXd VcovOf(const Fitted& fitted, const Eigen::MatrixXd& scores) {
  const Eigen::MatrixXd factor = fitted.solution.r.triangularView<Eigen::Upper>().solve(scores.transpose());
  return factor * factor.transpose();
}

Eigen::MatrixXd VcovOfMeat(const Fitted& fitted, const Eigen::MatrixXd& meat) {
  const auto r = fitted.solution.r.triangularView<Eigen::Upper>();
  const Eigen::MatrixXd half = r.solve(meat);
  const Eigen::MatrixXd vcov = r.solve(half.transpose());
  return 0.5 * (vcov + vcov.transpose());
}

Eigen::MatrixXd IidMeat(const Fitted& fitted) {
  Eigen::MatrixXd meat = Eigen::MatrixXd::Identity(fitted.parameters(), fitted.parameters());
  if (fitted.likelihood_scores.size() == 0) {
    meat *= fitted.solution.residuals.squaredNorm() / static_cast<double>(fitted.residual_df);
  }
  return meat;
}

}  // namespace farrell::regression
