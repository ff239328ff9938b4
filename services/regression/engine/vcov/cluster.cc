#include "services/regression/engine/vcov/vcov.h"

namespace farrell::regression {

Eigen::MatrixXd ClusterScores(const Fitted& fitted, const Levels& clusters) {
  const Eigen::MatrixXd& q = fitted.solution.q;
  Eigen::MatrixXd scores = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(clusters.count()), q.cols());
  for (Eigen::Index row = 0; row < q.rows(); ++row) {
    scores.row(clusters.ids[static_cast<std::size_t>(row)]) += fitted.solution.residuals(row) * q.row(row);
  }
  return scores;
}

}  // namespace farrell::regression
