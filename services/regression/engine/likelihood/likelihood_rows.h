// Rows and columns of a likelihood, common to all of them.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/likelihood/newton.h"

namespace farrell::regression {

// Leaves out the rows not marked in `keep`, and counts them under `reason` in Design::dropped.
void KeepRows(Design& design, const std::vector<char>& keep, const std::string& reason);

// The regressors that are not collinear, in orthonormal coordinates.
struct LikelihoodColumns {
  std::vector<Eigen::Index> kept;
  // Columns kept, N x K.
  Eigen::MatrixXd x;
  // Weights times N over their sum, so that their scale is no information; empty: all one.
  Eigen::VectorXd weights;
  // x = q r with q'Wq = I.
  Eigen::MatrixXd q;
  Eigen::MatrixXd r;
};
// NOT_IDENTIFIED: no more rows than K + `scales` parameters, or no column at all. CANCELLED.
Result<LikelihoodColumns> OrthonormalColumns(const Design& design, int scales, const Environment& environment);

// What an estimator without absorbed effects can use: INVALID_ARGUMENT ESTIMATOR_INVALID otherwise. Then appends the
// unit means where the spec asks for them.
Status PrepareDesign(Design& design, const EstimatorSpec& spec);

// What every likelihood estimated.
struct LikelihoodResult {
  // K coefficients of the columns kept, then those of the scales.
  Eigen::VectorXd coefficients;
  // R'R is minus the Hessian.
  Eigen::MatrixXd root;
  // One row an observation, weights in them.
  Eigen::MatrixXd scores;
  // y less its fitted mean.
  Eigen::VectorXd residuals;
  double log_likelihood = 0.0;
  Convergence convergence;
};

// Scale coefficients are named in `scales`; those beyond the estimated ones are set aside as collinear columns are.
// Every scale has a column of zeros in design.x, so that x b is the index.
Fitted MakeLikelihoodFit(Design design, const EstimatorSpec& spec, const LikelihoodColumns& columns,
                         const std::vector<std::string>& scales, LikelihoodResult result);

// FAILED_PRECONDITION NOT_IDENTIFIED when the likelihood is flat in a direction of the regressors: `information` is
// minus the Hessian with respect to the coefficients of q, where a row can add no more than its share. That is
// separation: a combination of columns tells censored rows (or zeros and ones) from the others, and its coefficient is
// infinite.
Status CheckSeparation(const Eigen::MatrixXd& information, const LikelihoodColumns& columns, const Design& design,
                       const std::string& rows_told_apart);

}  // namespace farrell::regression
