// A table from single cells, as programs send them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/status/status.h"
#include "services/data/engine/table.h"

namespace farrell::data {

class CellList {
 public:
  // Names of the key columns; not empty, not equal.
  CellList(std::string unit_key, std::string time_key);

  void Add(const std::string& unit, const std::string& variable, std::int64_t period, double value);
  std::int64_t size() const { return count_; }

  // Rows by unit and period, columns by name: the same cells in any order make the same table. Errors:
  // INVALID_ARGUMENT, reason CELLS_INVALID, naming every bad cell by its position ("cells[12].value"): without unit or
  // variable, a variable that is a key, a value that is not finite, a cell that an earlier one has with another value;
  // no cells.
  Result<Table> Finish() &&;

 private:
  std::string unit_key_;
  std::string time_key_;
  std::int64_t count_ = 0;
  std::map<std::pair<std::string, std::int64_t>, std::map<std::string, double>> rows_;
  Violations violations_;
};

}  // namespace farrell::data
