// Least squares by Householder reflections in the order of the columns, with collinear columns set aside.
//
// A column is collinear when the part of it orthogonal to the columns kept before is shorter than kCollinearTolerance
// times the column as it was given (before effects were taken out, when the caller says so). Columns are taken in the
// order of the formula, so that it is always the later one that goes (Golub & Van Loan 2013, section 5.2). Three steps
// of refinement follow.
//
// Tall and well-conditioned matrices are orthonormalised in place from their cross-products instead, as often as it
// takes until Q'Q is measured to be the identity (Cholesky QR, Yamamoto et al. 2015); what this cannot do goes to the
// reflections.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "services/regression/engine/environment.h"

namespace farrell::regression {

inline constexpr double kCollinearTolerance = 1e-12;

struct LeastSquares {
  // Columns of X that were estimated, increasing. K of them.
  std::vector<Eigen::Index> kept;
  // Of the kept columns. Length K.
  Eigen::VectorXd coefficients;
  // y - X b. Length N.
  Eigen::VectorXd residuals;
  // X = Q R over the kept columns: Q is N x K with orthonormal columns, R is K x K upper triangular.
  Eigen::MatrixXd q;
  Eigen::MatrixXd r;

  // Column j: the weights a with b_j = a'y, that is column j of X (X'X)^-1. N x K.
  Eigen::MatrixXd Weights() const;
};

// `norms`: the length against which a column counts as collinear, one a column of x. Empty: the columns' own lengths.
// Move x in where it is large: Q takes its place. The same bits for any environment.parallel.
LeastSquares SolveLeastSquares(Eigen::MatrixXd x, const Eigen::VectorXd& y, const Eigen::VectorXd& norms = {},
                               const Environment& environment = {});

}  // namespace farrell::regression
