// Variance estimators of the coefficients, as factors.
//
// With X = Q R (effects taken out) and u_i the rows of ScoreRows, every estimator here has the form
// V = R^-1 meat R^-T for a K x K meat, of the form S'S for scores S "in the coordinates of Q" where that is possible.
// The meat is as well conditioned as the errors allow, however near to collinear the regressors are, so that joint
// tests are computed from it and not from V. No small-sample factor is included unless said.
//
// Whatever needs leverages or leaves rows out needs least squares (IsLeastSquares); the others need the rows alone.
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
// V = R^-1 meat R^-T.
Eigen::MatrixXd VcovOfMeat(const Fitted& fitted, const Eigen::MatrixXd& meat);

// Classical: s^2 I with s^2 = RSS / residual degrees of freedom, which must be positive; I for likelihoods, so that V
// is the inverse of minus the Hessian.
Eigen::MatrixXd IidMeat(const Fitted& fitted);

// White (1980): sum of u_i u_i'.
Eigen::MatrixXd WhiteMeat(const Fitted& fitted);

// Residuals divided by (1 - h_i)^(d_i/2): d = 1 (HC2), 2 (HC3, MacKinnon & White 1985), min(4, h_i / mean h) (HC4,
// Cribari-Neto 2004). h is the leverage with all effects in it, as if they were dummies, or of the demeaned regressors
// alone. Rows with h = 1 (their residual is zero whatever y) contribute nothing; their number is told.
enum class LeverageType { kHc2, kHc3, kHc4 };
struct LeverageMeat {
  Eigen::MatrixXd meat;
  std::int64_t full_leverage_rows = 0;
};
Result<LeverageMeat> HcMeat(const Fitted& fitted, LeverageType type, bool effects_in_leverage);

// Liang & Zeger (1986): one row a group, the sum of its rows u_i. `ids` in [0, count).
Eigen::MatrixXd GroupScores(const Fitted& fitted, const std::vector<std::int32_t>& ids, Eigen::Index count);
Eigen::MatrixXd ClusterScores(const Fitted& fitted, const Levels& clusters);

// Several ways of clustering (Cameron, Gelbach & Miller 2011): the sum over all subsets of the ways, by the levels of
// their intersection, with sign + for an odd number of ways. In the order of the subsets as binary numbers.
struct ClusterTerm {
  double sign = 1.0;
  std::int64_t groups = 0;
  bool all_ways = false;
  Eigen::MatrixXd meat;
  // R^-1 meat R^-T; from the scores, so that what cancels leaves zero.
  Eigen::MatrixXd vcov;
};
// At least one way. CANCELLED.
Result<std::vector<ClusterTerm>> ClusterTerms(const Fitted& fitted, const std::vector<const Levels*>& ways,
                                              const std::stop_token& stop);

// Sets the negative eigenvalues of a symmetric matrix to zero; false where there are none.
bool TruncateEigenvalues(Eigen::MatrixXd& matrix);

// Serial correlation by Bartlett weights w_l = 1 - l/(L+1), l = 0..L. Lags count the periods that occur in the rows, in
// their order; a unit that lacks a period has no pair there (as plm and fixest do).
// Driscoll & Kraay (1998): sum_l w_l sum_t (h_t h_{t-l}' + transpose for l > 0), h_t the sum of u_it over units.
// Newey & West (1987) within units: the same with u_it of one unit, summed over units.
struct Periods {
  // Of every row, in [0, count).
  std::vector<std::int32_t> ids;
  std::int64_t count = 0;
};
// INVALID_ARGUMENT INFERENCE_INVALID where the rows have no time.
Result<Periods> PeriodsOf(const Fitted& fitted);
Eigen::MatrixXd DriscollKraayMeat(const Fitted& fitted, const Periods& periods, int lag);
// INVALID_ARGUMENT INFERENCE_INVALID where a unit has two rows in one period. CANCELLED.
Result<Eigen::MatrixXd> NeweyWestMeat(const Fitted& fitted, const Periods& periods, int lag,
                                      const std::stop_token& stop);

// Beck & Katz (1995): X'(Sigma kron I)X with Sigma = E'E/T over the periods, n x n. INVALID_ARGUMENT INFERENCE_INVALID
// unless every unit has one row in every period. CANCELLED.
Result<Eigen::MatrixXd> PcseMeat(const Fitted& fitted, const Periods& periods, const std::stop_token& stop);

// Leave-one-cluster-out jackknife.
struct Jackknife {
  // One row a cluster: R (b(-g) - b). S'S is without (G-1)/G.
  Eigen::MatrixXd scores;
  // Clusters without which some coefficient is not identified; the generalised inverse was used for them.
  std::vector<std::int32_t> unidentified;
};

// Every b(-g) is that of a fit without cluster g, effects included. Effects nested in the clusters leave with them and
// are taken out beforehand; the levels (and varying slopes) of the others are columns Z = [D X] = Q R like the
// regressors, so that
//   b(-g) - b = -R^-1 (I - Q_g'Q_g)^-1 Q_g' e_g        (MacKinnon, Nielsen & Webb 2023, eq. 11, on the columns of Q)
// is exact. Where I - Q_g'Q_g is singular (a column lives in one cluster) its generalised inverse is taken.
// Where the levels do not fit in memory as columns, JackknifeByRefits does the same the long way. Random effects keep
// the variance components of the whole sample.
Result<Jackknife> JackknifeScores(const Fitted& fitted, const Levels& clusters, const std::stop_token& stop);

// One plain fit without every cluster. A coefficient that is not identified without a cluster does not move.
Result<Jackknife> JackknifeByRefits(const Fitted& fitted, const Levels& clusters, const std::stop_token& stop);

}  // namespace farrell::regression
