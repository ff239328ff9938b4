// Variance estimators of the coefficients: K x K over the columns estimated, without any small-sample factor unless
// said.
#pragma once

#include <Eigen/Core>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/levels.h"

namespace farrell::regression {

// Classical: s^2 (X'X)^-1 with s^2 = RSS / residual degrees of freedom. Requires residual_df > 0.
Eigen::MatrixXd IidVcov(const Fitted& fitted);

// White (1980): (X'X)^-1 sum x_i e_i^2 x_i' (X'X)^-1.
Eigen::MatrixXd Hc0Vcov(const Fitted& fitted);

// MacKinnon & White (1985): residuals divided by 1 - h_i, h the leverage with all effects in it, as if they were
// dummies. Rows with h = 1 (their residual is zero whatever y) contribute nothing; their number is told.
struct Hc3 {
  Eigen::MatrixXd vcov;
  std::int64_t full_leverage_rows = 0;
};
Result<Hc3> Hc3Vcov(const Fitted& fitted);

// Liang & Zeger (1986): (X'X)^-1 sum_g s_g s_g' (X'X)^-1 with scores s_g = sum over the rows of cluster g of x_i e_i.
Eigen::MatrixXd ClusterVcov(const Fitted& fitted, const Levels& clusters);

// Leave-one-cluster-out jackknife.
struct Jackknife {
  // sum_g (b(-g) - b)(b(-g) - b)', without (G-1)/G.
  Eigen::MatrixXd vcov;
  // b(-g) - b, one row a cluster.
  Eigen::MatrixXd shifts;
  // Clusters without which some coefficient is not identified; the generalised inverse was used for them.
  std::vector<std::int32_t> unidentified;
};

// Every b(-g) is that of a fit without cluster g, effects included. Effects nested in the clusters leave with them and
// are taken out beforehand; the levels of the others are columns Z = [D X] = Q R like the regressors, so that
//   b(-g) - b = -R^-1 (I - Q_g'Q_g)^-1 Q_g' e_g        (MacKinnon, Nielsen & Webb 2023, eq. 11, on the columns of Q)
// is exact. Where I - Q_g'Q_g is singular (a column lives in one cluster) its generalised inverse is taken.
Result<Jackknife> JackknifeVcov(const Fitted& fitted, const Levels& clusters, const std::stop_token& stop);

}  // namespace farrell::regression
