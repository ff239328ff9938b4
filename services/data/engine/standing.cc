#include "services/data/engine/standing.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace farrell::data {
namespace {

// Rows of a period by unit, in increasing order.
using Rows = std::vector<std::size_t>;
// For each of the units, in increasing order, its row in a period.
using RowOfUnit = std::vector<std::optional<std::size_t>>;

std::vector<std::string> WithValues(const Table& table, const Rows& rows) {
  const Keys& keys = *table.keys;
  std::vector<std::string> names;
  for (const ColumnPtr& column : table.columns) {
    if (column->is_text || column->name == keys.unit_key || column->name == keys.time_key) continue;
    const bool any = std::any_of(rows.begin(), rows.end(), [&](std::size_t row) { return !column->IsMissing(row); });
    if (any) names.push_back(column->name);
  }
  return names;
}

RowOfUnit Match(const std::vector<std::string_view>& units, const Keys& keys, const Rows& rows) {
  RowOfUnit matched(units.size());
  std::size_t next = 0;
  for (std::size_t unit = 0; unit < units.size(); ++unit) {
    while (next < rows.size() && keys.units[rows[next]] < units[unit]) ++next;
    if (next < rows.size() && keys.units[rows[next]] == units[unit]) matched[unit] = rows[next];
  }
  return matched;
}

VariableStanding Stand(const Table& table, const std::vector<std::string_view>& units, const RowOfUnit& rows,
                       const std::string& variable) {
  VariableStanding standing{.variable = variable, .missing_units = {}};
  standing.expected = static_cast<std::int64_t>(units.size());
  const Column* column = table.Find(variable);
  for (std::size_t unit = 0; unit < units.size(); ++unit) {
    if (column != nullptr && rows[unit] && !column->IsMissing(*rows[unit])) {
      ++standing.present;
    } else if (standing.missing_units.size() < kMostMissingUnits) {
      standing.missing_units.emplace_back(units[unit]);
    }
  }
  return standing;
}

std::vector<std::string_view> UnitsOf(const Keys& keys, const Expected& expected) {
  std::vector<std::string_view> units(expected.units.begin(), expected.units.end());
  if (units.empty()) {
    for (const std::size_t row : keys.order) units.push_back(keys.units[row]);
  }
  std::sort(units.begin(), units.end());
  units.erase(std::unique(units.begin(), units.end()), units.end());
  return units;
}

}  // namespace

std::vector<PeriodStanding> StandingOf(const Table& table, const Expected& expected) {
  const Keys& keys = *table.keys;
  const std::vector<std::string_view> units = UnitsOf(keys, expected);
  std::map<std::int64_t, Rows> periods;
  for (const std::size_t row : keys.order) periods[keys.has_time() ? keys.times[row] : 0].push_back(row);
  std::vector<PeriodStanding> standings;
  const Rows* before = nullptr;
  for (const auto& [period, rows] : periods) {
    PeriodStanding& standing = standings.emplace_back();
    if (keys.has_time()) standing.period = period;
    const RowOfUnit row_of_unit = Match(units, keys, rows);
    const std::vector<std::string> variables =
        expected.variables.empty() ? WithValues(table, before != nullptr ? *before : rows) : expected.variables;
    for (const std::string& variable : variables) {
      standing.variables.push_back(Stand(table, units, row_of_unit, variable));
      standing.expected += standing.variables.back().expected;
      standing.present += standing.variables.back().present;
    }
    before = &rows;
  }
  return standings;
}

}  // namespace farrell::data
