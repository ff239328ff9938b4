#include "services/regression/engine/cluster_basis.h"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <string>
#include <utility>

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kMaxCells = 5e7;
// Eigenvalues of I - B_g'B_g below this are zero: the direction lives in cluster g alone.
constexpr double kSingular = 1e-9;

Index ColumnsOf(const Effect& effect) {
  const auto kinds = static_cast<Index>(effect.slopes.size()) + (effect.dummies ? 1 : 0);
  return kinds * static_cast<Index>(effect.count());
}

// (I - A)^+ v for a symmetric A with eigenvalues in [0, 1].
MatrixXd SolveComplement(const MatrixXd& a, const MatrixXd& v) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(MatrixXd::Identity(a.rows(), a.cols()) - a);
  MatrixXd rotated = eigen.eigenvectors().transpose() * v;
  for (Index k = 0; k < rotated.rows(); ++k) {
    const double value = eigen.eigenvalues()(k);
    rotated.row(k) *= value > kSingular ? 1.0 / value : 0.0;
  }
  return eigen.eigenvectors() * rotated;
}

}  // namespace

Index CrossedColumns(const Fitted& fitted, const Levels& clusters) {
  Index count = 0;
  for (const Effect& effect : fitted.design.effects) {
    if (!IsNested(effect.levels, clusters)) count += ColumnsOf(effect);
  }
  return count;
}

Result<MatrixXd> CrossedBasis(const Fitted& fitted, const Levels& clusters) {
  const Index rows = fitted.observations();
  const Index count = CrossedColumns(fitted, clusters);
  if (count == 0) return MatrixXd(rows, 0);
  if (static_cast<double>(rows) * static_cast<double>(count) > kMaxCells) {
    return FailedPrecondition("TOO_MANY_LEVELS", "the " + std::to_string(count) +
                                                     " levels of effects that cross the clusters do not fit in memory "
                                                     "as columns; cr1 serves there");
  }
  const VectorXd& weights = fitted.design.weights;
  std::vector<Effect> nested;
  MatrixXd columns = MatrixXd::Zero(rows, count);
  Index offset = 0;
  for (const Effect& effect : fitted.design.effects) {
    if (IsNested(effect.levels, clusters)) {
      nested.push_back(effect);
      continue;
    }
    const auto levels = static_cast<Index>(effect.count());
    for (std::size_t kind = effect.dummies ? 0 : 1; kind <= effect.slopes.size(); ++kind) {
      for (Index row = 0; row < rows; ++row) {
        const double value = kind == 0 ? 1.0 : effect.slopes[kind - 1](row);
        const double scale = weights.size() > 0 ? std::sqrt(weights(row)) : 1.0;
        columns(row, offset + effect.levels.ids[static_cast<std::size_t>(row)]) = scale * value;
      }
      offset += levels;
    }
  }
  const VectorXd norms = columns.colwise().norm().transpose();
  FARRELL_RETURN_IF_ERROR(Within::Make(nested, static_cast<std::size_t>(rows), weights).Demean(columns));
  return SolveLeastSquares(columns, VectorXd::Zero(rows), norms).q;
}

std::vector<std::vector<Index>> RowsOfClusters(const std::vector<std::int32_t>& ids, std::size_t count) {
  std::vector<std::vector<Index>> rows(count);
  for (std::size_t row = 0; row < ids.size(); ++row) {
    rows[static_cast<std::size_t>(ids[row])].push_back(static_cast<Index>(row));
  }
  return rows;
}

MatrixXd AdjustByCluster(const MatrixXd& basis, const std::vector<std::vector<Index>>& rows, MatrixXd columns) {
  for (const std::vector<Index>& list : rows) {
    if (list.empty()) continue;
    const MatrixXd b = basis(list, Eigen::all);
    const MatrixXd v = columns(list, Eigen::all);
    if (b.rows() < b.cols()) {
      columns(list, Eigen::all) = SolveComplement(b * b.transpose(), v);
    } else {
      columns(list, Eigen::all) = v + b * SolveComplement(b.transpose() * b, b.transpose() * v);
    }
  }
  return columns;
}

}  // namespace farrell::regression
