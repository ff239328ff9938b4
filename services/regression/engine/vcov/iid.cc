#include "services/regression/engine/vcov/vcov.h"

namespace farrell::regression {

Eigen::MatrixXd IidVcov(const Fitted& fitted) {
  const double variance = fitted.solution.residuals.squaredNorm() / static_cast<double>(fitted.residual_df);
  return variance * fitted.solution.CrossProductInverse();
}

}  // namespace farrell::regression
