#include "services/regression/engine/vcov/cluster_basis.h"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <utility>

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Eigenvalues of I - Q_g'Q_g below this are zero: the direction lives in cluster g alone.
constexpr double kSingular = 1e-9;

// A part of a unit vector this long is not rounding.
constexpr double kPresent = 1e-6;

// The effects that the basis writes out as columns, and the others.
void PartEffects(const Fitted& fitted, const Levels& clusters, std::vector<const Effect*>& crossed,
                 std::vector<Effect>* nested) {
  if (fitted.within.empty()) return;
  for (const Effect& effect : fitted.design.effects) {
    if (!IsNested(effect.levels, clusters)) {
      crossed.push_back(&effect);
    } else if (nested != nullptr) {
      nested->push_back(effect);
    }
  }
}

Index Columns(const Effect& effect) {
  return static_cast<Index>(effect.count() * (effect.slopes.size() + (effect.dummies ? 1 : 0)));
}

}  // namespace

Index CrossedColumns(const Fitted& fitted, const Levels& clusters) {
  std::vector<const Effect*> crossed;
  PartEffects(fitted, clusters, crossed, nullptr);
  Index columns = 0;
  for (const Effect* effect : crossed) columns += Columns(*effect);
  return columns;
}

Result<ClusterBasis> ClusterBasis::Make(const Fitted& fitted, const Levels& clusters, const std::stop_token& stop) {
  ClusterBasis basis;
  basis.slopes_ = &fitted.solution.q;
  std::vector<const Effect*> crossed;
  std::vector<Effect> nested;
  PartEffects(fitted, clusters, crossed, &nested);
  if (crossed.empty()) return basis;
  const Index rows = fitted.observations();
  const VectorXd& weights = fitted.design.weights;
  MatrixXd columns = MatrixXd::Zero(rows, CrossedColumns(fitted, clusters));
  Index offset = 0;
  const auto write = [&](const Levels& levels, const VectorXd* slope) {
    for (Index row = 0; row < rows; ++row) {
      const double value = slope != nullptr ? (*slope)(row) : 1.0;
      columns(row, offset + levels.ids[static_cast<std::size_t>(row)]) =
          weights.size() > 0 ? std::sqrt(weights(row)) * value : value;
    }
    offset += static_cast<Index>(levels.count());
  };
  for (const Effect* effect : crossed) {
    if (effect->dummies) write(effect->levels, nullptr);
    for (const VectorXd& slope : effect->slopes) write(effect->levels, &slope);
  }
  const VectorXd norms = columns.colwise().norm().transpose();
  FARRELL_RETURN_IF_ERROR(Within::Make(nested, static_cast<std::size_t>(rows), weights).Demean(columns, stop));
  Environment environment;
  environment.stop = stop;
  const MatrixXd levels = SolveLeastSquares(columns, VectorXd::Zero(rows), norms, environment).q;
  if (stop.stop_requested()) return Cancelled();
  basis.crossed_.resize(rows, levels.cols() + fitted.parameters());
  basis.crossed_ << levels, fitted.solution.q;
  return basis;
}

std::vector<std::vector<Index>> RowsByCluster(const Levels& clusters) {
  std::vector<std::vector<Index>> rows(clusters.count());
  for (std::size_t row = 0; row < clusters.ids.size(); ++row) {
    rows[static_cast<std::size_t>(clusters.ids[row])].push_back(static_cast<Index>(row));
  }
  return rows;
}

ClusterBlock::ClusterBlock(MatrixXd q, Index slopes)
    : q_(std::move(q)), slopes_(slopes), by_rows_(q_.rows() < q_.cols()) {
  MatrixXd complement = by_rows_ ? MatrixXd(-q_ * q_.transpose()) : MatrixXd(-q_.transpose() * q_);
  // Nothing was estimated.
  if (complement.size() == 0) return;
  complement.diagonal().array() += 1.0;
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(complement);
  vectors_ = eigen.eigenvectors();
  values_ = eigen.eigenvalues();
}

VectorXd ClusterBlock::Powers(double exponent) const {
  VectorXd powers(values_.size());
  for (Index k = 0; k < values_.size(); ++k) {
    const double value = values_(k);
    if (value <= kSingular) {
      powers(k) = 0.0;
    } else {
      powers(k) = exponent == -1.0 ? 1.0 / value : 1.0 / std::sqrt(value);
    }
  }
  return powers;
}

VectorXd ClusterBlock::Deletion(const VectorXd& e) const {
  const VectorXd powers = Powers(-1.0);
  if (by_rows_) {
    const VectorXd z = vectors_ * powers.cwiseProduct(vectors_.transpose() * e);
    return q_.transpose() * z;
  }
  const VectorXd cross = q_.transpose() * e;
  return vectors_ * powers.cwiseProduct(vectors_.transpose() * cross);
}

MatrixXd ClusterBlock::Reduced() const {
  const VectorXd powers = Powers(-0.5);
  if (by_rows_) return vectors_ * (powers.asDiagonal() * (vectors_.transpose() * q_.rightCols(slopes_)));
  return q_ * (vectors_ * (powers.asDiagonal() * vectors_.bottomRows(slopes_).transpose()));
}

bool ClusterBlock::LosesSlope() const {
  for (Index k = 0; k < values_.size() && values_(k) <= kSingular; ++k) {
    const VectorXd direction = by_rows_ ? VectorXd(q_.transpose() * vectors_.col(k)) : VectorXd(vectors_.col(k));
    if (direction.tail(slopes_).norm() > kPresent) return true;
  }
  return false;
}

}  // namespace farrell::regression
