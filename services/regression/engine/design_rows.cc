#include "services/regression/engine/design.h"

namespace farrell::regression {

using Eigen::Index;
using Eigen::VectorXd;

Design TakeRows(const Design& design, const std::vector<Index>& rows) {
  Design taken = design;
  std::vector<char> keep(static_cast<std::size_t>(design.y.size()), 0);
  for (const Index row : rows) keep[static_cast<std::size_t>(row)] = 1;
  taken.rows.clear();
  for (const Index row : rows) taken.rows.push_back(design.rows[static_cast<std::size_t>(row)]);
  taken.y = design.y(rows);
  taken.x = design.x(rows, Eigen::all);
  if (design.weights.size() > 0) taken.weights = design.weights(rows);
  for (Effect& effect : taken.effects) {
    effect.levels = RestrictLevels(effect.levels, keep);
    for (VectorXd& slope : effect.slopes) slope = VectorXd(slope(rows));
  }
  for (auto& [name, levels] : taken.classifications) levels = RestrictLevels(levels, keep);
  if (!design.units.ids.empty()) taken.units = RestrictLevels(design.units, keep);
  if (!design.periods.empty()) {
    taken.periods.clear();
    for (const Index row : rows) taken.periods.push_back(design.periods[static_cast<std::size_t>(row)]);
  }
  return taken;
}

}  // namespace farrell::regression
