#include "services/regression/engine/panel_columns.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "common/text/nearest.h"
#include "services/regression/engine/formula.h"

namespace farrell::regression {
namespace {

using Eigen::Index;

// A number as a label: integers without a decimal point.
std::string NumberLabel(double value) {
  char text[40];
  if (value == std::floor(value) && std::fabs(value) < 1e15) {
    std::snprintf(text, sizeof text, "%.0f", value == 0.0 ? 0.0 : value);
  } else {
    std::snprintf(text, sizeof text, "%.17g", value);
  }
  return text;
}

// `value(k)` of row k; levels in the order of the values.
template <typename Value, typename Get, typename Label>
Levels LevelsOf(std::string name, std::size_t count, Get value, Label label) {
  // Numbered in the order they appear first; runs of one value, as in a sorted panel, are looked up once.
  std::vector<Value> values;
  std::unordered_map<Value, std::int32_t> numbers;
  Levels levels;
  levels.name = std::move(name);
  levels.ids.reserve(count);
  for (std::size_t k = 0; k < count; ++k) {
    const Value here = value(k);
    if (k > 0 && here == values[static_cast<std::size_t>(levels.ids.back())]) {
      levels.ids.push_back(levels.ids.back());
      continue;
    }
    const auto [found, added] = numbers.try_emplace(here, static_cast<std::int32_t>(values.size()));
    if (added) values.push_back(here);
    levels.ids.push_back(found->second);
  }
  std::vector<std::int32_t> order(values.size());
  for (std::size_t k = 0; k < order.size(); ++k) order[k] = static_cast<std::int32_t>(k);
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return values[static_cast<std::size_t>(a)] < values[static_cast<std::size_t>(b)];
  });
  std::vector<std::int32_t> rank(values.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    rank[static_cast<std::size_t>(order[k])] = static_cast<std::int32_t>(k);
    levels.labels.push_back(label(values[static_cast<std::size_t>(order[k])]));
  }
  for (std::int32_t& id : levels.ids) id = rank[static_cast<std::size_t>(id)];
  return levels;
}

}  // namespace

const PanelColumn* FindColumn(const Panel& panel, const std::string& name) {
  if (const PanelColumn* column = panel.Find(name)) return column;
  return panel.Find(WithoutBackQuotes(name));
}

bool IsUnitKey(const Panel& panel, const std::string& name) {
  return !panel.unit_key.empty() && WithoutBackQuotes(name) == panel.unit_key;
}
bool IsTimeKey(const Panel& panel, const std::string& name) {
  return panel.has_time() && WithoutBackQuotes(name) == panel.time_key;
}

std::vector<std::string> ColumnNames(const Panel& panel) {
  std::vector<std::string> names;
  for (const PanelColumn& column : panel.columns) names.push_back(column.name);
  if (!panel.unit_key.empty()) names.push_back(panel.unit_key);
  if (panel.has_time()) names.push_back(panel.time_key);
  return names;
}

Status ColumnNotFound(const Panel& panel, const std::string& name) {
  return NotFound("COLUMN_NOT_FOUND", "the table has no column " + name + text::DidYouMean(name, ColumnNames(panel)))
      .With("column", name);
}

Eigen::VectorXd NumbersOf(const Panel& panel, const std::string& name, const std::vector<std::size_t>& rows) {
  const PanelColumn* column = FindColumn(panel, name);
  Eigen::VectorXd values(static_cast<Index>(rows.size()));
  for (std::size_t k = 0; k < rows.size(); ++k) {
    values(static_cast<Index>(k)) =
        column != nullptr ? column->numbers[rows[k]] : static_cast<double>(panel.times[rows[k]]);
  }
  return values;
}

Levels ClassifyUnits(const Panel& panel, const std::vector<std::size_t>& rows) {
  return LevelsOf<std::string_view>(
      panel.unit_key, rows.size(), [&](std::size_t k) { return std::string_view(panel.units[rows[k]]); },
      [](std::string_view text) { return std::string(text); });
}

Result<Levels> ClassifyRows(const Panel& panel, const std::string& column, const std::vector<std::size_t>& rows) {
  std::string printed(WithoutBackQuotes(column));
  const PanelColumn* found = FindColumn(panel, column);
  if (found != nullptr && found->is_text) {
    return LevelsOf<std::string_view>(
        std::move(printed), rows.size(), [&](std::size_t k) { return std::string_view(found->texts[rows[k]]); },
        [](std::string_view text) { return std::string(text); });
  }
  if (found != nullptr) {
    std::vector<double> values;
    values.reserve(rows.size());
    for (std::size_t row : rows) values.push_back(found->numbers[row]);
    return LevelsOfReals(std::move(printed), values, NumberLabel);
  }
  if (IsUnitKey(panel, column)) return ClassifyUnits(panel, rows);
  if (IsTimeKey(panel, column)) {
    std::vector<std::int64_t> times;
    times.reserve(rows.size());
    for (std::size_t row : rows) times.push_back(panel.times[row]);
    return LevelsOfIntegers(std::move(printed), times, [](std::int64_t time) { return std::to_string(time); });
  }
  return ColumnNotFound(panel, column);
}

Levels CombineLevels(std::vector<Levels> parts, const std::string& name) {
  Levels combined = std::move(parts[0]);
  for (std::size_t p = 1; p < parts.size(); ++p) {
    const Levels& part = parts[p];
    const auto count = static_cast<std::int64_t>(part.count());
    std::vector<std::int64_t> keys;
    keys.reserve(part.ids.size());
    for (std::size_t k = 0; k < part.ids.size(); ++k) keys.push_back(combined.ids[k] * count + part.ids[k]);
    const auto label = [&](std::int64_t pair) {
      return combined.labels[static_cast<std::size_t>(pair / count)] + "^" +
             part.labels[static_cast<std::size_t>(pair % count)];
    };
    combined = LevelsOfIntegers(name, keys, label);
  }
  combined.name = name;
  return combined;
}

std::vector<char> PresentCells(const Panel& panel, const std::string& column) {
  std::vector<char> present(panel.size(), 1);
  const PanelColumn* found = FindColumn(panel, column);
  if (found == nullptr) return present;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    present[row] = found->is_text ? !found->texts[row].empty() : std::isfinite(found->numbers[row]);
  }
  return present;
}

}  // namespace farrell::regression
