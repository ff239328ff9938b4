#include "services/dea/service/reference_names.h"

#include <charconv>
#include <cmath>
#include <optional>

namespace farrell::dea {

std::string CellText(const PanelColumn& column, std::size_t row) {
  if (column.is_text) return column.texts[row];
  const double value = column.numbers[row];
  if (std::isnan(value)) return {};
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

std::string RowName(const Panel& panel, std::int32_t row) {
  const auto at = static_cast<std::size_t>(row);
  return panel.has_time() ? panel.units[at] + "@" + std::to_string(panel.times[at]) : panel.units[at];
}

std::vector<std::string> NamesOf(const Panel& panel, const Model& model, const ReferenceSets& sets) {
  const PanelColumn* group = model.frontier.group_column.empty() ? nullptr : panel.Find(model.frontier.group_column);
  struct Scored {
    bool any = false;
    bool one_period = true;
    std::size_t first = 0;
  };
  std::vector<Scored> scored(sets.sets.size());
  for (std::size_t row = 0; row < panel.size(); ++row) {
    if (sets.set_of_row[row] == ReferenceSets::kNone) continue;
    Scored& set = scored[static_cast<std::size_t>(sets.set_of_row[row])];
    if (!set.any) set.first = row;
    set.any = true;
    if (panel.has_time() && panel.times[row] != panel.times[set.first]) set.one_period = false;
  }
  std::vector<std::string> names;
  for (const Scored& set : scored) {
    std::string name;
    if (set.any && panel.has_time() && set.one_period) name = std::to_string(panel.times[set.first]);
    if (set.any && group != nullptr) name += (name.empty() ? "" : "/") + CellText(*group, set.first);
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace farrell::dea
