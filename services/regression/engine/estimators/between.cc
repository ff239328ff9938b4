#include <string>
#include <utility>
#include <vector>

#include "services/regression/engine/estimators/panel_estimators.h"
#include "services/regression/engine/estimators/unit_means.h"

namespace farrell::regression {
namespace {

// The levels of an outer classification, one a unit.
Levels ByUnit(const Levels& levels, const std::vector<std::size_t>& first_rows) {
  Levels result = levels;
  result.ids.clear();
  for (const std::size_t row : first_rows) result.ids.push_back(levels.ids[row]);
  return result;
}

}  // namespace

Result<Fitted> EstimateBetween(Design design, const Environment& environment) {
  Violations violations;
  for (const auto& [name, levels] : design.classifications) {
    if (!IsNested(design.units, levels)) {
      violations.Add("inferences", "between has one row a unit, but " + name + " changes within units; cluster by " +
                                       design.units.name + " or a column that is constant within it");
    }
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("ESTIMATOR_INVALID", "clusters that divide units"));

  std::vector<std::size_t> first_rows(design.units.count());
  for (std::size_t row = design.rows.size(); row-- > 0;) {
    first_rows[static_cast<std::size_t>(design.units.ids[row])] = row;
  }
  design.y = LevelMeans(design.y, design.units);
  design.x = LevelMeans(design.x, design.units);
  std::vector<std::size_t> rows;
  for (const std::size_t row : first_rows) rows.push_back(design.rows[row]);
  design.rows = std::move(rows);
  for (auto& [name, levels] : design.classifications) levels = ByUnit(levels, first_rows);
  design.units = ByUnit(design.units, first_rows);
  design.periods.clear();
  FARRELL_ASSIGN_OR_RETURN(Fitted fitted, EstimateLeastSquares(std::move(design), environment));
  fitted.estimator.kind = Estimator::kBetween;
  return fitted;
}

}  // namespace farrell::regression
