#include "services/regression/engine/tests.h"

#include <Eigen/Eigenvalues>
#include <cmath>

#include "common/numeric/distributions.h"

namespace farrell::regression {

using Eigen::VectorXd;

std::optional<JointTest> WaldTest(const VectorXd& estimates, const Eigen::MatrixXd& vcov, double df) {
  constexpr double kRankTolerance = 1e-12;
  if (estimates.size() == 0 || vcov.rows() != estimates.size() || !(df > 0.0)) return std::nullopt;
  // Scaled to a correlation matrix, so that units do not decide the rank.
  const VectorXd scale = vcov.diagonal().cwiseSqrt();
  if (!(scale.array() > 0.0).all() || !scale.allFinite()) return std::nullopt;
  const Eigen::MatrixXd correlation = scale.cwiseInverse().asDiagonal() * vcov * scale.cwiseInverse().asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(correlation);
  if (!(eigen.eigenvalues()(0) > kRankTolerance * static_cast<double>(estimates.size()))) return std::nullopt;
  const VectorXd rotated = eigen.eigenvectors().transpose() * estimates.cwiseQuotient(scale);
  const double wald = rotated.cwiseAbs2().cwiseQuotient(eigen.eigenvalues()).sum();
  if (!std::isfinite(wald)) return std::nullopt;
  JointTest test;
  test.df1 = static_cast<double>(estimates.size());
  if (std::isinf(df)) {
    test.statistic = wald;
    test.p_value = numeric::ChiSquareSurvival(wald, test.df1);
    test.distribution = "chi2";
    return test;
  }
  test.df2 = df;
  test.statistic = wald / test.df1;
  test.p_value = numeric::FSurvival(test.statistic, test.df1, test.df2);
  return test;
}

}  // namespace farrell::regression
