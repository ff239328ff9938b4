// Table: the immutable content of a snapshot, in the file's row order, with the (unit, time) order beside it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/panel/panel.h"

namespace farrell::data {

// One column: numbers or texts, never both. Immutable once in a table, so tables share columns.
struct Column {
  std::string name;
  bool is_text = false;
  std::vector<double> numbers;     // kMissing where missing, otherwise finite; empty for a text column
  std::vector<std::string> texts;  // empty where missing; empty for a number column
  std::string label;
  std::string unit;  // of measurement
  std::string source;
  std::string expression;  // that made it; empty for an imported or attached column

  std::size_t size() const { return is_text ? texts.size() : numbers.size(); }
  bool IsMissing(std::size_t row) const;
  std::int64_t MissingCount() const;
};
using ColumnPtr = std::shared_ptr<const Column>;

// Who and when every row is, and the order of rows by (unit, time), units bytewise.
struct Keys {
  std::string unit_key;             // column the units come from; empty: rows are units, named 1, 2, …
  std::string time_key;             // column the times come from; empty: one cross-section
  std::vector<std::string> units;   // of every row
  std::vector<std::int64_t> times;  // of every row; empty for a cross-section
  std::vector<std::size_t> order;   // rows sorted by (unit, time); ties keep the row order
  std::vector<std::size_t> starts;  // position in `order` where each unit begins, and one past the end

  std::size_t size() const { return units.size(); }
  bool has_time() const { return !times.empty(); }
  std::size_t unit_count() const { return starts.empty() ? 0 : starts.size() - 1; }
  // "unit a, time 2010", or "unit a".
  std::string Describe(std::size_t row) const;
};
using KeysPtr = std::shared_ptr<const Keys>;

// Fills order and starts. `times` is empty or as long as `units`.
KeysPtr MakeKeys(std::string unit_key, std::string time_key, std::vector<std::string> units,
                 std::vector<std::int64_t> times);

// Rows whose (unit, time) an earlier row has, in file order, each with that earlier row.
struct DuplicateRow {
  std::size_t row = 0;
  std::size_t first = 0;
};
std::vector<DuplicateRow> FindDuplicates(const Keys& keys);

struct Table {
  KeysPtr keys;
  std::vector<ColumnPtr> columns;  // in file order, key columns included
  bool synthetic = false;
  std::string known_at;  // YYYY-MM-DD or empty
  std::string source;
  std::int64_t first_line = 2;  // line of the file on which the first row stood; for messages only

  std::size_t row_count() const { return keys->size(); }
  const Column* Find(std::string_view name) const;
  // Line of the file on which a row stood, exact when the file has no blank lines and no line ends inside cells.
  std::int64_t LineOf(std::size_t row) const { return first_line + static_cast<std::int64_t>(row); }
};

}  // namespace farrell::data
