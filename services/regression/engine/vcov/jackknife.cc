#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <utility>

#include "services/regression/engine/vcov/vcov.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Cells of the basis, 400 MB.
constexpr double kMaxCells = 5e7;

// Eigenvalues of I - Q_g'Q_g below this are zero: the direction lives in cluster g alone.
constexpr double kSingular = 1e-9;

// An orthonormal basis of all columns that a fit without one cluster chooses anew: first the levels of effects that are
// not nested in the clusters (nested ones taken out of them), then the regressors, which have all effects taken out
// already.
Result<MatrixXd> Basis(const Fitted& fitted, const Levels& clusters) {
  const Index rows = fitted.observations();
  std::vector<Effect> nested;
  std::vector<const Levels*> crossed;
  Index level_count = 0;
  for (const Effect& effect : fitted.design.effects) {
    if (IsNested(effect.levels, clusters)) {
      nested.push_back(effect);
    } else {
      crossed.push_back(&effect.levels);
      level_count += static_cast<Index>(effect.count());
    }
  }
  if (crossed.empty()) return MatrixXd(fitted.solution.q);
  MatrixXd dummies = MatrixXd::Zero(rows, level_count);
  Index offset = 0;
  for (const Levels* effect : crossed) {
    for (Index row = 0; row < rows; ++row) dummies(row, offset + effect->ids[static_cast<std::size_t>(row)]) = 1.0;
    offset += static_cast<Index>(effect->count());
  }
  const VectorXd norms = dummies.colwise().norm().transpose();
  FARRELL_RETURN_IF_ERROR(Within::Make(nested, static_cast<std::size_t>(rows)).Demean(dummies));
  const MatrixXd levels = SolveLeastSquares(dummies, VectorXd::Zero(rows), norms).q;
  MatrixXd basis(rows, levels.cols() + fitted.parameters());
  basis << levels, fitted.solution.q;
  return basis;
}

// Solves (I - A) z = v for a symmetric A with eigenvalues in [0, 1]; false when the generalised inverse was needed.
bool SolveComplement(const MatrixXd& a, const VectorXd& v, VectorXd& z) {
  const MatrixXd complement = MatrixXd::Identity(a.rows(), a.cols()) - a;
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(complement);
  VectorXd rotated = eigen.eigenvectors().transpose() * v;
  bool regular = true;
  for (Index k = 0; k < rotated.size(); ++k) {
    if (eigen.eigenvalues()(k) > kSingular) {
      rotated(k) /= eigen.eigenvalues()(k);
    } else {
      rotated(k) = 0.0;
      regular = false;
    }
  }
  z = eigen.eigenvectors() * rotated;
  return regular;
}

// True when a direction that only cluster g identifies has a part in the regressors (the last `slopes` columns of Q).
bool LosesSlope(const MatrixXd& cross, Index slopes) {
  const MatrixXd complement = MatrixXd::Identity(cross.rows(), cross.cols()) - cross;
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(complement);
  for (Index k = 0; k < cross.rows() && eigen.eigenvalues()(k) <= kSingular; ++k) {
    if (eigen.eigenvectors().col(k).tail(slopes).norm() > 1e-6) return true;
  }
  return false;
}

double BasisCells(const Fitted& fitted, const Levels& clusters) {
  auto columns = static_cast<double>(fitted.parameters());
  for (const Effect& effect : fitted.design.effects) {
    if (!IsNested(effect.levels, clusters)) columns += static_cast<double>(effect.count());
  }
  return columns * static_cast<double>(fitted.observations());
}

// The part of a design that has the rows marked in `keep` and the columns that were estimated.
Design Without(const Fitted& fitted, const std::vector<char>& keep) {
  std::vector<Index> rows;
  for (std::size_t row = 0; row < keep.size(); ++row) {
    if (keep[row] != 0) rows.push_back(static_cast<Index>(row));
  }
  Design rest;
  rest.rows.resize(rows.size());
  rest.y = fitted.design.y(rows);
  rest.x = fitted.design.x(rows, fitted.solution.kept);
  for (const Effect& effect : fitted.design.effects) {
    rest.effects.push_back({RestrictLevels(effect.levels, keep), {}, {}, true});
  }
  return rest;
}

}  // namespace

Result<Jackknife> JackknifeByRefits(const Fitted& fitted, const Levels& clusters, const std::stop_token& stop) {
  const VectorXd& whole = fitted.solution.coefficients;
  Jackknife result;
  result.scores = MatrixXd::Zero(static_cast<Index>(clusters.count()), fitted.parameters());
  for (std::size_t g = 0; g < clusters.count(); ++g) {
    std::vector<char> keep(clusters.ids.size());
    for (std::size_t row = 0; row < keep.size(); ++row) {
      keep[row] = clusters.ids[row] != static_cast<std::int32_t>(g) ? 1 : 0;
    }
    FARRELL_ASSIGN_OR_RETURN(const Fitted refit, EstimateLeastSquares(Without(fitted, keep), stop));
    VectorXd shift = VectorXd::Zero(fitted.parameters());
    for (std::size_t k = 0; k < refit.solution.kept.size(); ++k) {
      const Index column = refit.solution.kept[k];
      shift(column) = refit.solution.coefficients(static_cast<Index>(k)) - whole(column);
    }
    if (refit.parameters() < fitted.parameters()) result.unidentified.push_back(static_cast<std::int32_t>(g));
    const VectorXd score = fitted.solution.r.triangularView<Eigen::Upper>() * shift;
    result.scores.row(static_cast<Index>(g)) = score.transpose();
  }
  return result;
}

Result<Jackknife> JackknifeScores(const Fitted& fitted, const Levels& clusters, const std::stop_token& stop) {
  if (BasisCells(fitted, clusters) > kMaxCells) return JackknifeByRefits(fitted, clusters, stop);
  FARRELL_ASSIGN_OR_RETURN(const MatrixXd basis, Basis(fitted, clusters));
  const Index slopes = fitted.parameters();
  const Index width = basis.cols();
  std::vector<std::vector<Index>> rows(clusters.count());
  for (std::size_t row = 0; row < clusters.ids.size(); ++row) {
    rows[static_cast<std::size_t>(clusters.ids[row])].push_back(static_cast<Index>(row));
  }
  Jackknife result;
  result.scores = MatrixXd::Zero(static_cast<Index>(clusters.count()), slopes);
  for (std::size_t g = 0; g < rows.size(); ++g) {
    if (stop.stop_requested()) return Cancelled();
    const MatrixXd q = basis(rows[g], Eigen::all);
    const VectorXd e = fitted.solution.residuals(rows[g]);
    VectorXd change;
    bool regular = false;
    if (q.rows() < width) {
      VectorXd z;
      regular = SolveComplement(q * q.transpose(), e, z);
      change = q.transpose() * z;
    } else {
      regular = SolveComplement(q.transpose() * q, q.transpose() * e, change);
    }
    if (!regular && LosesSlope(q.transpose() * q, slopes)) result.unidentified.push_back(static_cast<std::int32_t>(g));
    // R is block triangular with the slopes last, so that their part of the change does not involve the levels.
    result.scores.row(static_cast<Index>(g)) = -change.tail(slopes).transpose();
  }
  return result;
}

}  // namespace farrell::regression
