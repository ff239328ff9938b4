#include "services/regression/engine/least_squares.h"

#include <cmath>
#include <stop_token>
#include <utility>

#include "services/regression/engine/cholesky_qr.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// a'b to twice the working precision (Dot2 of Ogita, Rump & Oishi 2005), products split by Dekker (1971).
class TwiceDot {
 public:
  void Add(double a, double b) {
    const double product = a * b;
    const double a_high = High(a);
    const double a_low = a - a_high;
    const double b_high = High(b);
    const double b_low = b - b_high;
    Accumulate(product);
    error_ += a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low);
  }
  void Accumulate(double term) {
    const double sum = sum_ + term;
    const double virtual_term = sum - sum_;
    error_ += (sum_ - (sum - virtual_term)) + (term - virtual_term);
    sum_ = sum;
  }
  double Value() const { return sum_ + error_; }

 private:
  static double High(double value) {
    const double scaled = 134217729.0 * value;
    return scaled - (scaled - value);
  }
  double sum_ = 0.0;
  double error_ = 0.0;
};

// One step of iterative refinement on the equations [I X; X' 0] [r; b] = [y; 0] (Bjorck 1967), whose defects are
// computed to twice the working precision. Ill-conditioned polynomials gain up to eight digits.
void Refine(const MatrixXd& x, const VectorXd& y, LeastSquares& solution) {
  const Index rows = x.rows();
  const Index rank = solution.coefficients.size();
  VectorXd defect(rows);
  for (Index row = 0; row < rows; ++row) {
    TwiceDot dot;
    dot.Accumulate(y(row));
    dot.Accumulate(-solution.residuals(row));
    for (Index k = 0; k < rank; ++k)
      dot.Add(-x(row, solution.kept[static_cast<std::size_t>(k)]), solution.coefficients(k));
    defect(row) = dot.Value();
  }
  VectorXd slope(rank);
  for (Index k = 0; k < rank; ++k) {
    TwiceDot dot;
    const auto column = x.col(solution.kept[static_cast<std::size_t>(k)]);
    for (Index row = 0; row < rows; ++row) dot.Add(-column(row), solution.residuals(row));
    slope(k) = dot.Value();
  }
  const VectorXd h = solution.r.transpose().triangularView<Eigen::Lower>().solve(slope);
  const VectorXd along = solution.q.transpose() * defect;
  const VectorXd change = solution.r.triangularView<Eigen::Upper>().solve(along - h);
  const VectorXd residual_change = defect - solution.q * (along - h);
  // Overflow in splitting huge numbers: keep the unrefined solution.
  if (!change.allFinite() || !residual_change.allFinite()) return;
  solution.coefficients += change;
  solution.residuals += residual_change;
}

// v <- (I - 2 u u' / u'u) v on rows from `first`; u is scaled so that u'u = 2.
void Reflect(const MatrixXd& reflectors, Index k, VectorXd& v) {
  const Index tail = v.size() - k;
  const auto u = reflectors.col(k).tail(tail);
  const double projection = u.dot(v.tail(tail));
  v.tail(tail).noalias() -= projection * u;
}

// What is left of it when stopped on the way is of no use but has the sizes of a result.
LeastSquares ByReflections(const MatrixXd& x, const VectorXd& y, const VectorXd& norms, const std::stop_token& stop) {
  const Index rows = x.rows();
  const Index columns = x.cols();
  const Index most = std::min(rows, columns);
  MatrixXd reflectors = MatrixXd::Zero(rows, most);
  MatrixXd r = MatrixXd::Zero(most, most);
  LeastSquares result;
  Index rank = 0;
  for (Index j = 0; j < columns && rank < rows && !stop.stop_requested(); ++j) {
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

  result.q = MatrixXd::Zero(rows, rank);
  for (Index j = 0; j < rank && !stop.stop_requested(); ++j) {
    VectorXd unit = VectorXd::Unit(rows, j);
    for (Index k = j + 1; k-- > 0;) Reflect(reflectors, k, unit);
    result.q.col(j) = unit;
  }
  constexpr int kRefinements = 3;
  for (int step = 0; step < kRefinements && rank > 0 && !stop.stop_requested(); ++step) Refine(x, y, result);
  return result;
}

}  // namespace

MatrixXd LeastSquares::Weights() const {
  // X (X'X)^-1 = Q R^-T.
  return r.triangularView<Eigen::Upper>().solve(q.transpose()).transpose();
}

LeastSquares SolveLeastSquares(MatrixXd x, const VectorXd& y, const VectorXd& norms, const Environment& environment) {
  LeastSquares result;
  if (ByCrossProducts(x, y, norms, environment, result)) return result;
  return ByReflections(x, y, norms, environment.stop);
}

}  // namespace farrell::regression
