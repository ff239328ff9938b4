// The columns of a sheet from the rows above its body.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "services/data/engine/sheet/sheet_table.h"

namespace farrell::data {

// Where reading a sheet collects what it has to say.
class SheetNotes {
 public:
  explicit SheetNotes(std::string sheet) : sheet_(std::move(sheet)) {}
  void Assume(std::string what) { assumptions.push_back(std::move(what)); }
  void Problem(const SheetPlace& place, const std::string& value, std::string reason, std::string message);

  std::vector<std::string> assumptions;
  std::vector<TableProblem> problems;

 private:
  std::string sheet_;
};

// The sheet with merged cells filled, within the range that is read.
class SheetView {
 public:
  SheetView(const Sheet& sheet, const SheetRange& range);
  const SheetRange& range() const { return range_; }
  // The cell, or the one it is merged into.
  const SheetCell* At(const SheetPlace& place) const;
  // Where that one stands.
  SheetPlace Origin(const SheetPlace& place) const;
  // Its text, narrowed; a whole number as its digits.
  std::string TextAt(const SheetPlace& place) const;
  bool IsEmptyRow(int row) const;

 private:
  const Sheet& sheet_;
  SheetRange range_;
  std::map<SheetPlace, SheetPlace> origin_;  // of merged cells but the first
};

struct SheetColumn {
  int column = 0;
  std::string variable;
  std::optional<std::int64_t> period;
  SheetPlace header;  // the lowest cell that names it
};

struct SheetHeader {
  int first_row = 0;    // of the body
  int unit_column = 0;  // 0: not found
  int time_column = 0;  // 0: there is none
  std::vector<SheetColumn> columns;
  std::vector<ColumnLabels> labels;
};

SheetHeader ReadHeader(const SheetView& view, const SheetMapping& mapping, SheetNotes& notes);

}  // namespace farrell::data
