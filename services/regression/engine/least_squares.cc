#include "services/regression/engine/least_squares.h"

#include <cmath>

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// v <- (I - 2 u u' / u'u) v on rows from `first`; u is scaled so that u'u = 2.
void Reflect(const MatrixXd& reflectors, Index k, VectorXd& v) {
  const Index tail = v.size() - k;
  const auto u = reflectors.col(k).tail(tail);
  const double projection = u.dot(v.tail(tail));
  v.tail(tail).noalias() -= projection * u;
}

}  // namespace

MatrixXd LeastSquares::CrossProductInverse() const {
  const MatrixXd inverse = r.triangularView<Eigen::Upper>().solve(MatrixXd::Identity(r.rows(), r.cols()));
  return inverse * inverse.transpose();
}

MatrixXd LeastSquares::Weights() const {
  // X (X'X)^-1 = Q R^-T.
  return r.triangularView<Eigen::Upper>().solve(q.transpose()).transpose();
}

LeastSquares SolveLeastSquares(const MatrixXd& x, const VectorXd& y, const VectorXd& norms) {
  const Index rows = x.rows();
  const Index columns = x.cols();
  const Index most = std::min(rows, columns);
  MatrixXd reflectors = MatrixXd::Zero(rows, most);
  MatrixXd r = MatrixXd::Zero(most, most);
  LeastSquares result;
  Index rank = 0;
  for (Index j = 0; j < columns && rank < rows; ++j) {
    VectorXd column = x.col(j);
    const double length = norms.size() > 0 ? norms(j) : column.stableNorm();
    for (Index k = 0; k < rank; ++k) Reflect(reflectors, k, column);
    const double rest = column.tail(rows - rank).stableNorm();
    if (!(rest > kCollinearTolerance * length)) continue;
    // The reflector maps the rest of the column onto -sign(first) |rest| e1; dividing by the length first avoids
    // overflow.
    VectorXd u = column.tail(rows - rank) / rest;
    const double sign = u(0) < 0.0 ? -1.0 : 1.0;
    u(0) += sign;
    u *= 1.0 / std::sqrt(std::fabs(u(0)));
    reflectors.col(rank).tail(rows - rank) = u;
    r.col(rank).head(rank) = column.head(rank);
    r(rank, rank) = -sign * rest;
    result.kept.push_back(j);
    ++rank;
  }
  result.r = r.topLeftCorner(rank, rank);

  VectorXd rotated = y;
  for (Index k = 0; k < rank; ++k) Reflect(reflectors, k, rotated);
  result.coefficients = result.r.triangularView<Eigen::Upper>().solve(rotated.head(rank));
  rotated.head(rank).setZero();
  for (Index k = rank; k-- > 0;) Reflect(reflectors, k, rotated);
  result.residuals = rotated;

  result.q.resize(rows, rank);
  for (Index j = 0; j < rank; ++j) {
    VectorXd unit = VectorXd::Unit(rows, j);
    for (Index k = j + 1; k-- > 0;) Reflect(reflectors, k, unit);
    result.q.col(j) = unit;
  }
  return result;
}

}  // namespace farrell::regression
