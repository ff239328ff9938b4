#include <utility>

#include "services/regression/engine/vcov/cluster_basis.h"
#include "services/regression/engine/vcov/vcov.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Cells of a basis with crossed columns, 400 MB.
constexpr double kMaxCells = 5e7;

// The part of a design that has the rows marked in `keep` and the columns that were estimated: as given where effects
// are taken out, else as transformed (weighted, quasi-demeaned).
Design Without(const Fitted& fitted, const std::vector<char>& keep) {
  std::vector<Index> rows;
  for (std::size_t row = 0; row < keep.size(); ++row) {
    if (keep[row] != 0) rows.push_back(static_cast<Index>(row));
  }
  Design rest;
  rest.rows.resize(rows.size());
  if (fitted.within.empty()) {
    const MatrixXd q = fitted.solution.q(rows, Eigen::all);
    rest.x = q * fitted.solution.r;
    rest.y = rest.x * fitted.solution.coefficients + fitted.solution.residuals(rows);
    return rest;
  }
  rest.y = fitted.design.y(rows);
  rest.x = fitted.design.x(rows, fitted.solution.kept);
  if (fitted.design.weights.size() > 0) rest.weights = fitted.design.weights(rows);
  for (const Effect& effect : fitted.design.effects) {
    Effect part;
    part.levels = RestrictLevels(effect.levels, keep);
    part.slope_names = effect.slope_names;
    part.dummies = effect.dummies;
    for (const VectorXd& slope : effect.slopes) part.slopes.emplace_back(slope(rows));
    rest.effects.push_back(std::move(part));
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
  const Index crossed = CrossedColumns(fitted, clusters);
  const Index slopes = fitted.parameters();
  const auto rows = static_cast<double>(fitted.observations());
  if (crossed > 0 && static_cast<double>(crossed + slopes) * rows > kMaxCells) {
    return JackknifeByRefits(fitted, clusters, stop);
  }
  FARRELL_ASSIGN_OR_RETURN(const ClusterBasis basis, ClusterBasis::Make(fitted, clusters, stop));
  const std::vector<std::vector<Index>> members = RowsByCluster(clusters);
  Jackknife result;
  result.scores = MatrixXd::Zero(static_cast<Index>(clusters.count()), slopes);
  for (std::size_t g = 0; g < members.size(); ++g) {
    if (stop.stop_requested()) return Cancelled();
    const ClusterBlock block(basis.q()(members[g], Eigen::all), slopes);
    const VectorXd change = block.Deletion(fitted.solution.residuals(members[g]));
    if (block.LosesSlope()) result.unidentified.push_back(static_cast<std::int32_t>(g));
    // R is block triangular with the slopes last, so that their part of the change does not involve the levels.
    result.scores.row(static_cast<Index>(g)) = -change.tail(slopes).transpose();
  }
  return result;
}

}  // namespace farrell::regression
