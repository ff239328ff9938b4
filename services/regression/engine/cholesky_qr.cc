#include "services/regression/engine/cholesky_qr.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "services/regression/engine/large_pages.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index kTall = 20000;
constexpr Index kStretch = 2048;
// The part of a column that is orthogonal to those before it, relative to the column as demeaned and as given: above
// these, cross-products keep at least eight digits of R, which the second pass completes.
constexpr double kIndependent = 1e-3;
constexpr double kFarFromCollinear = 1e-9;
// Orthogonality at which no further pass is made.
constexpr double kOrthogonal = 1e-13;
constexpr int kMostPasses = 3;

// Sum over stretches of rows of what `body` makes of each, in their order.
MatrixXd SumOverStretches(Index rows, const Environment& environment,
                          const std::function<MatrixXd(Index first, Index count)>& body) {
  const Index stretches = (rows + kStretch - 1) / kStretch;
  std::vector<MatrixXd> parts(static_cast<std::size_t>(stretches));
  const auto work = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t s = begin; s < end; ++s) {
      const Index first = s * kStretch;
      parts[static_cast<std::size_t>(s)] = body(first, std::min(kStretch, rows - first));
    }
  };
  if (environment.parallel) {
    environment.parallel(stretches, work);
  } else {
    work(0, stretches);
  }
  MatrixXd sum = parts[0];
  for (std::size_t s = 1; s < parts.size(); ++s) sum += parts[s];
  return sum;
}

// The columns of x and y side by side: [x y]'[x y] without y'y.
MatrixXd Cross(const Eigen::Ref<const MatrixXd>& x, const Eigen::Ref<const VectorXd>& y) {
  const Index columns = x.cols();
  MatrixXd cross(columns, columns + 1);
  for (Index j = 0; j < columns; ++j) {
    for (Index i = 0; i <= j; ++i) {
      cross(i, j) = x.col(i).dot(x.col(j));
      cross(j, i) = cross(i, j);
    }
    cross(j, columns) = x.col(j).dot(y);
  }
  return cross;
}

}  // namespace

bool ByCrossProducts(MatrixXd& x, const VectorXd& y, const VectorXd& norms, const Environment& environment,
                     LeastSquares& result) {
  const Index rows = x.rows();
  const Index columns = x.cols();
  if (rows < kTall || columns == 0 || rows < 100 * columns) return false;
  MatrixXd cross = SumOverStretches(rows, environment, [&](Index first, Index count) {
    return Cross(x.middleRows(first, count), y.segment(first, count));
  });
  // Squares must neither overflow nor vanish.
  if (!cross.allFinite() || !(cross.diagonal().minCoeff() > std::numeric_limits<double>::min())) return false;
  MatrixXd r = MatrixXd::Identity(columns, columns);
  for (int pass = 1; pass <= kMostPasses; ++pass) {
    const VectorXd lengths = cross.diagonal().cwiseSqrt();
    // Columns scaled to length one: the factor then shows how much they depend on one another.
    const MatrixXd scaled =
        lengths.cwiseInverse().asDiagonal() * cross.leftCols(columns) * lengths.cwiseInverse().asDiagonal();
    const Eigen::LLT<MatrixXd> factor(scaled);
    if (factor.info() != Eigen::Success) return false;
    const MatrixXd upper = MatrixXd(factor.matrixU()) * lengths.asDiagonal();
    if (pass == 1) {
      for (Index j = 0; j < columns; ++j) {
        if (!(upper(j, j) > kIndependent * lengths(j))) return false;
        if (norms.size() > 0 && !(upper(j, j) > kFarFromCollinear * norms(j))) return false;
      }
    }
    const MatrixXd inverse = upper.triangularView<Eigen::Upper>().solve(MatrixXd::Identity(columns, columns));
    r = (upper * r).eval();
    cross = SumOverStretches(rows, environment, [&](Index first, Index count) {
      auto stretch = x.middleRows(first, count);
      for (Index j = columns; j-- > 0;) {
        stretch.col(j) *= inverse(j, j);
        for (Index i = 0; i < j; ++i) stretch.col(j) += inverse(i, j) * stretch.col(i);
      }
      return Cross(stretch, y.segment(first, count));
    });
    const double defect = (cross.leftCols(columns) - MatrixXd::Identity(columns, columns)).cwiseAbs().maxCoeff();
    if (defect <= kOrthogonal) break;
  }
  VectorXd along = cross.col(columns);
  result.residuals.resize(rows);
  PreferLargePages(result.residuals.data(), sizeof(double) * static_cast<std::size_t>(rows));
  // Twice: what rounding leaves of y along Q the second round takes.
  VectorXd rest = along;
  for (int round = 0; round < 2; ++round) {
    const VectorXd step = rest;
    rest = SumOverStretches(rows, environment, [&](Index first, Index count) {
      auto residuals = result.residuals.segment(first, count);
      if (round == 0) residuals = y.segment(first, count);
      const auto stretch = x.middleRows(first, count);
      for (Index j = 0; j < columns; ++j) residuals -= step(j) * stretch.col(j);
      MatrixXd sums(columns, 1);
      for (Index j = 0; j < columns; ++j) sums(j, 0) = stretch.col(j).dot(residuals);
      return sums;
    });
    if (rest.norm() <= kOrthogonal * along.norm()) break;
    if (round == 0) along += rest;
  }
  result.r = std::move(r);
  result.coefficients = result.r.triangularView<Eigen::Upper>().solve(along);
  result.kept.resize(static_cast<std::size_t>(columns));
  std::iota(result.kept.begin(), result.kept.end(), Index{0});
  result.q = std::move(x);
  return true;
}

}  // namespace farrell::regression
