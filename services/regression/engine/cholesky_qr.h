// Least squares of tall, well-conditioned matrices from their cross-products.
#pragma once

#include <Eigen/Core>

#include "services/regression/engine/environment.h"
#include "services/regression/engine/least_squares.h"

namespace farrell::regression {

// True: `result` is complete and x has become its Q. False: x is as it was; it is too short to gain anything, or a
// column depends so much on those before it that cross-products would lose digits. Sums run over stretches of fixed
// length, added in order.
bool ByCrossProducts(Eigen::MatrixXd& x, const Eigen::VectorXd& y, const Eigen::VectorXd& norms,
                     const Environment& environment, LeastSquares& result);

}  // namespace farrell::regression
