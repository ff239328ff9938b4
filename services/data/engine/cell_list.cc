#include "services/data/engine/cell_list.h"

#include <cmath>
#include <memory>
#include <set>

#include "services/data/engine/text.h"

namespace farrell::data {
namespace {

// More are not told.
constexpr std::size_t kMostViolations = 1000;
constexpr std::size_t kShownCharacters = 80;
constexpr std::int64_t kLargestPeriod = (std::int64_t{1} << 53) - 1;

}  // namespace

CellList::CellList(std::string unit_key, std::string time_key)
    : unit_key_(std::move(unit_key)), time_key_(std::move(time_key)) {}

void CellList::Add(const std::string& unit, const std::string& variable, std::int64_t period, double value) {
  const std::string place = "cells[" + std::to_string(count_++) + "].";
  bool fine = true;
  const auto bad = [&](const char* field, const std::string& why) {
    fine = false;
    if (violations_.size() < kMostViolations) violations_.Add(place + field, why);
  };
  if (unit.empty()) bad("unit", "required");
  if (variable.empty()) bad("variable", "required");
  if (variable == unit_key_ || variable == time_key_) bad("variable", variable + " is a key of the dataset");
  if (!std::isfinite(value)) bad("value", "not a finite number: leave the cell out when it is missing");
  if (period < -kLargestPeriod || period > kLargestPeriod) bad("period", "a whole number of at most 2^53 - 1");
  if (!fine) return;
  const auto [cell, added] = rows_[{unit, period}].try_emplace(variable, value);
  if (!added && cell->second != value) {
    bad("value", Shorten(unit, kShownCharacters) + ", " + Shorten(variable, kShownCharacters) + ", " +
                     std::to_string(period) + " was sent before with another value");
  }
}

Result<Table> CellList::Finish() && {
  if (count_ == 0) violations_.Add("cells", "at least one cell is needed");
  FARRELL_RETURN_IF_ERROR(std::move(violations_).Finish("CELLS_INVALID", "the cells cannot be stored"));
  std::set<std::string> names;
  for (const auto& [key, cells] : rows_) {
    for (const auto& [name, value] : cells) names.insert(name);
  }
  auto unit_column = std::make_shared<Column>();
  unit_column->name = unit_key_;
  unit_column->is_text = true;
  auto time_column = std::make_shared<Column>();
  time_column->name = time_key_;
  std::map<std::string, std::shared_ptr<Column>> columns;
  for (const std::string& name : names) {
    columns[name] = std::make_shared<Column>();
    columns[name]->name = name;
    columns[name]->numbers.reserve(rows_.size());
  }
  std::vector<std::int64_t> times;
  for (const auto& [key, cells] : rows_) {
    unit_column->texts.push_back(key.first);
    time_column->numbers.push_back(static_cast<double>(key.second));
    times.push_back(key.second);
    for (auto& [name, column] : columns) {
      const auto cell = cells.find(name);
      column->numbers.push_back(cell == cells.end() ? kMissing : cell->second);
    }
  }
  Table table;
  table.keys = MakeKeys(unit_key_, time_key_, unit_column->texts, std::move(times));
  table.columns = {unit_column, time_column};
  for (auto& [name, column] : columns) table.columns.push_back(column);
  return table;
}

}  // namespace farrell::data
