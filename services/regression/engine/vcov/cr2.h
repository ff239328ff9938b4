// Bias-reduced cluster variance with its degrees of freedom.
//
// Bell & McCaffrey (2002): residuals of cluster g are multiplied by A_g = (I - H_gg)^(-1/2), H the hat matrix of
// regressors and effects, so that V has no bias under the working model of independent errors of one variance (in
// weighted coordinates: variance 1/weight; random effects: the components estimated). Effects nested in the clusters
// may be taken out beforehand, the others are columns (Pustejovsky & Tipton 2018, theorem 2).
//
// In an orthonormal basis Z = [D X] = Q R, with w_g = A_g Q_g over the columns of the regressors (n_g x K), a matrix of
// restrictions L in the coordinates of Q, D_g = L w_g'w_g L' and U_g = Q_g'w_g L':
//   B_gh = [g = h] D_g - U_g'U_h,   Omega = sum_g B_gg,   Z_gh = Omega^(-1/2) B_gh Omega^(-1/2),
//   eta = q(q+1) / sum_gh [(tr Z_gh)^2 + tr(Z_gh Z_gh)],  F = (eta-q+1)/(eta q) Q ~ F(q, eta-q+1)
// with Q the Wald statistic (HTZ, Pustejovsky & Tipton 2018, section 4.2); for q = 1, eta is Satterthwaite's (1946)
// number of degrees of freedom of one coefficient.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/levels.h"
#include "services/regression/engine/tests.h"

namespace farrell::regression {

class BiasReduced {
 public:
  // Least squares, at least two clusters. FAILED_PRECONDITION TOO_MANY_LEVELS where the crossed effects do not fit in
  // memory as columns; errors of Within::Demean; CANCELLED.
  static Result<BiasReduced> Make(const Fitted& fitted, const Levels& clusters, const std::stop_token& stop);

  // K x K, in the coordinates of Q.
  const Eigen::MatrixXd& meat() const { return meat_; }
  // Clusters that alone identify some coefficient; a generalised inverse stands in for them.
  const std::vector<std::int32_t>& unidentified() const { return unidentified_; }

  // eta of restrictions with orthonormal rows (q x K) in the coordinates of Q; unset where Omega is singular,
  // or when stopped.
  std::optional<double> DegreesOfFreedom(const Eigen::MatrixXd& restrictions) const;

  // HTZ test of R b = values for restrictions R on the coefficients estimated (q x K). Unset: the restrictions or their
  // variance have not full rank, or too few clusters for q.
  std::optional<JointTest> Test(const Eigen::MatrixXd& restrictions, const Eigen::VectorXd& values) const;

 private:
  std::stop_token stop_;
  Eigen::VectorXd coefficients_;
  Eigen::MatrixXd r_;
  Eigen::MatrixXd meat_;
  std::vector<std::int32_t> unidentified_;
  // One a cluster: w_g'w_g (K x K) and Q_g'w_g (columns of the basis x K).
  std::vector<Eigen::MatrixXd> squares_;
  std::vector<Eigen::MatrixXd> shadows_;
};

}  // namespace farrell::regression
