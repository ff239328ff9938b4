#include "services/data/engine/keys.h"

#include <cmath>
#include <utility>

#include "common/text/nearest.h"
#include "services/data/engine/number_text.h"

namespace farrell::data {
namespace {

constexpr double kLargestInteger = 9007199254740991.0;  // 2^53 - 1

bool IsInteger(double value) { return value == std::floor(value) && std::abs(value) <= kLargestInteger; }

std::string CellName(const Table& table, std::size_t row, const Column& column) {
  return "row " + std::to_string(table.LineOf(row)) + ", column " + column.name;
}

std::vector<std::string> UnitsFrom(const Table& table, const Column& column, Violations& violations) {
  if (column.is_text) {
    for (std::size_t row = 0; row < column.texts.size(); ++row) {
      if (column.texts[row].empty()) violations.Add(CellName(table, row, column), "the unit is missing");
    }
    return column.texts;
  }
  std::vector<std::string> units;
  units.reserve(column.numbers.size());
  for (std::size_t row = 0; row < column.numbers.size(); ++row) {
    const double value = column.numbers[row];
    if (!IsInteger(value)) {
      violations.Add(CellName(table, row, column), "a unit is a text or an integer");
      units.emplace_back();
    } else {
      units.push_back(std::to_string(static_cast<std::int64_t>(value)));
    }
  }
  return units;
}

std::vector<std::int64_t> TimesFrom(const Table& table, const Column& column, Violations& violations) {
  std::vector<std::int64_t> times;
  times.reserve(column.size());
  for (std::size_t row = 0; row < column.size(); ++row) {
    double value = kMissing;
    if (!column.is_text) {
      value = column.numbers[row];
    } else if (const ParsedCell parsed = ParseCell(column.texts[row]); parsed.kind == CellKind::kNumber) {
      value = parsed.number;
    }
    if (!IsInteger(value)) violations.Add(CellName(table, row, column), "a time is an integer such as 2010");
    times.push_back(IsInteger(value) ? static_cast<std::int64_t>(value) : 0);
  }
  return times;
}

}  // namespace

Status ColumnNotFound(const Table& table, const std::string& name, const std::string& field) {
  std::vector<std::string> names;
  for (const ColumnPtr& column : table.columns) names.push_back(column->name);
  const std::string text = "there is no column " + name + text::DidYouMean(name, names);
  return InvalidArgument("COLUMN_NOT_FOUND", text).With("column", name).WithViolations({{field, text}});
}

Result<KeysPtr> KeysOf(const Table& table, const std::string& unit_key, const std::string& time_key,
                       std::size_t row_count) {
  Violations violations;
  std::vector<std::string> units;
  if (unit_key.empty()) {
    for (std::size_t row = 0; row < row_count; ++row) units.push_back(std::to_string(row + 1));
  } else {
    const Column* column = table.Find(unit_key);
    if (column == nullptr) return ColumnNotFound(table, unit_key, "table.unit_key");
    units = UnitsFrom(table, *column, violations);
  }
  std::vector<std::int64_t> times;
  if (!time_key.empty()) {
    const Column* column = table.Find(time_key);
    if (column == nullptr) return ColumnNotFound(table, time_key, "table.time_key");
    times = TimesFrom(table, *column, violations);
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("KEY_INVALID", "the key columns cannot be used as keys"));
  return MakeKeys(unit_key, time_key, std::move(units), std::move(times));
}

Status CheckUnique(const Table& table, const Keys& keys) {
  Violations violations;
  for (const DuplicateRow& duplicate : FindDuplicates(keys)) {
    violations.Add(
        "row " + std::to_string(table.LineOf(duplicate.row)),
        keys.Describe(duplicate.row) + " is already on row " + std::to_string(table.LineOf(duplicate.first)));
  }
  const std::string hint =
      keys.has_time() ? "name the right unit and time columns" : "name the time column as well, if the table has one";
  return std::move(violations).Finish("DUPLICATE_KEY", "several rows have the same key: " + hint);
}

}  // namespace farrell::data
