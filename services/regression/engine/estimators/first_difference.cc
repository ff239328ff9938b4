#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/regression/engine/estimators/needs.h"
#include "services/regression/engine/estimators/panel_estimators.h"

namespace farrell::regression {
namespace {

using Eigen::Index;

// Marks rows that have a row of their unit one period before, and counts the others.
std::vector<char> MarkLaterRows(Design& design) {
  std::vector<char> later(design.rows.size(), 0);
  std::map<std::pair<std::string, std::int64_t>, std::int64_t> left_out;
  for (std::size_t row = 0; row < later.size(); ++row) {
    if (row == 0 || design.units.ids[row] != design.units.ids[row - 1]) {
      ++left_out[{"first_period", design.periods[row]}];
    } else if (design.periods[row] != design.periods[row - 1] + 1) {
      ++left_out[{"gap", design.periods[row]}];
    } else {
      later[row] = 1;
    }
  }
  for (const auto& [key, count] : left_out) design.dropped.push_back({key.first, "", key.second, count});
  return later;
}

}  // namespace

Result<Fitted> EstimateFirstDifference(Design design, const Environment& environment) {
  std::vector<Effect> effects;
  for (Effect& effect : design.effects) {
    if (!IsDifferencedOut(effect, design.units)) effects.push_back(std::move(effect));
  }
  design.effects = std::move(effects);
  const std::vector<char> keep = MarkLaterRows(design);
  std::vector<Index> later;
  for (std::size_t row = 0; row < keep.size(); ++row) {
    if (keep[row] != 0) later.push_back(static_cast<Index>(row));
  }
  if (later.empty()) {
    return FailedPrecondition("NO_OBSERVATIONS",
                              "no two rows of a unit are one period apart; there are no differences");
  }
  for (Index c = design.has_constant ? 1 : 0; c < design.x.cols(); ++c) {
    for (Index row = design.x.rows() - 1; row > 0; --row) design.x(row, c) -= design.x(row - 1, c);
  }
  for (Index row = design.y.size() - 1; row > 0; --row) design.y(row) -= design.y(row - 1);
  design.x = design.x(later, Eigen::all).eval();
  design.y = design.y(later).eval();
  if (design.weights.size() > 0) design.weights = design.weights(later).eval();
  std::vector<std::size_t> rows;
  std::vector<std::int64_t> periods;
  for (const Index row : later) {
    rows.push_back(design.rows[static_cast<std::size_t>(row)]);
    periods.push_back(design.periods[static_cast<std::size_t>(row)]);
  }
  design.rows = std::move(rows);
  design.periods = std::move(periods);
  for (Effect& effect : design.effects) effect.levels = RestrictLevels(effect.levels, keep);
  for (auto& [name, levels] : design.classifications) levels = RestrictLevels(levels, keep);
  design.units = RestrictLevels(design.units, keep);
  FARRELL_ASSIGN_OR_RETURN(Fitted fitted, EstimateLeastSquares(std::move(design), environment));
  fitted.estimator.kind = Estimator::kFirstDifference;
  return fitted;
}

}  // namespace farrell::regression
