#include "services/regression/engine/vcov/vcov.h"

namespace farrell::regression {

Eigen::MatrixXd ClusterVcov(const Fitted& fitted, const Levels& clusters) {
  const Eigen::MatrixXd weights = fitted.solution.Weights();
  Eigen::MatrixXd scores = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(clusters.count()), weights.cols());
  for (Eigen::Index row = 0; row < weights.rows(); ++row) {
    scores.row(clusters.ids[static_cast<std::size_t>(row)]) += fitted.solution.residuals(row) * weights.row(row);
  }
  return scores.transpose() * scores;
}

}  // namespace farrell::regression
