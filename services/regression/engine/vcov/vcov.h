// Variance estimators of the coefficients, as factors.
//
// With X = Q R (effects taken out) every estimator here has the form V = R^-1 S'S R^-T for a matrix S with K columns,
// "scores in the coordinates of Q". S'S is as well conditioned as the errors allow, however near to collinear the
// regressors are, so that joint tests are computed from it and not from V. No small-sample factor is included unless
// said.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/levels.h"

namespace farrell::regression {

// V = R^-1 S'S R^-T.
Eigen::MatrixXd VcovOf(const Fitted& fitted, const Eigen::MatrixXd& scores);

// Classical: S'S = s^2 I with s^2 = RSS / residual degrees of freedom. Requires residual_df > 0.
Eigen::MatrixXd IidScores(const Fitted& fitted);

// White (1980): rows q_i e_i.
Eigen::MatrixXd Hc0Scores(const Fitted& fitted);

// MacKinnon & White (1985): residuals divided by 1 - h_i, h the leverage with all effects in it, as if they were
// dummies. Rows with h = 1 (their residual is zero whatever y) contribute nothing; their number is told.
struct Hc3 {
  Eigen::MatrixXd scores;
  std::int64_t full_leverage_rows = 0;
};
Result<Hc3> Hc3Scores(const Fitted& fitted);

// Liang & Zeger (1986): one row a cluster, the sum over its rows of q_i e_i.
Eigen::MatrixXd ClusterScores(const Fitted& fitted, const Levels& clusters);

// Leave-one-cluster-out jackknife.
struct Jackknife {
  // One row a cluster: R (b(-g) - b). S'S is without (G-1)/G.
  Eigen::MatrixXd scores;
  // Clusters without which some coefficient is not identified; the generalised inverse was used for them.
  std::vector<std::int32_t> unidentified;
};

// Every b(-g) is that of a fit without cluster g, effects included. Effects nested in the clusters leave with them and
// are taken out beforehand; the levels of the others are columns Z = [D X] = Q R like the regressors, so that
//   b(-g) - b = -R^-1 (I - Q_g'Q_g)^-1 Q_g' e_g        (MacKinnon, Nielsen & Webb 2023, eq. 11, on the columns of Q)
// is exact. Where I - Q_g'Q_g is singular (a column lives in one cluster) its generalised inverse is taken.
// Where the levels do not fit in memory as columns, JackknifeByRefits does the same the long way.
Result<Jackknife> JackknifeScores(const Fitted& fitted, const Levels& clusters, const std::stop_token& stop);

// One plain fit without every cluster. A coefficient that is not identified without a cluster does not move.
Result<Jackknife> JackknifeByRefits(const Fitted& fitted, const Levels& clusters, const std::stop_token& stop);

}  // namespace farrell::regression
