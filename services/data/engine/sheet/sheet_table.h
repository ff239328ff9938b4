// A sheet as statistics bureaus publish them → tidy rows, one a unit and period.
//
// Header: rows at the top of the range whose texts, from above to below, name a column; a merged cell names all the
// columns under it. A year among them is the column's period, a bracket at the end its unit of measurement, the rest
// its variable. Titles (one text over the whole range) and "单位:…" lines name nothing. Body: every row below is a
// unit, its merged cells are of every row beside them; notes and rows without any value are left out.
//
// Whatever was taken for granted is said as an assumption; what cannot be told is a problem of a named cell. No value
// is guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/data/engine/import.h"
#include "services/data/engine/sheet/sheet.h"

namespace farrell::data {

// What a column is called in the table.
struct SheetVariable {
  std::string header;  // its text in the sheet, narrowed and without marks and unit, or letters of the column
  std::string name;
  std::string label;
  std::string unit;
};

struct SheetMapping {
  std::optional<SheetRange> range;  // unset: all cells
  int header_rows = 0;              // from the top of the range; 0: those above the first row with a unit and a number
  int unit_row = 0;                 // row of the sheet with units of measurement only; 0: none
  std::string unit_column;          // text of its header, or letters; empty: the first of the range
  std::string time_column;          // the same; empty: periods stand in the header, or `period`
  std::optional<std::int64_t> period;
  std::string variable;                  // name where headers hold periods only
  std::vector<SheetVariable> variables;  // empty: every column, by its header
  std::vector<std::string> missing;      // narrowed texts that mean missing
  std::vector<std::string> skipped;      // units left out, e.g. 全国
};

struct TidyTable {
  std::vector<std::string> header;             // unit, period unless there is none, variables
  std::vector<std::vector<std::string>> rows;  // by first appearance; missing is empty
  std::vector<ColumnLabels> columns;           // labels and units of measurement found
  bool has_periods = false;
};

struct SheetOutcome {
  TidyTable table;                       // without rows when there are problems
  std::vector<std::string> assumptions;  // in the order in which they were made
  std::vector<TableProblem> problems;    // `row` of the sheet, `column` "Sheet!C7"
};

// `unit_key` and `time_key` name the keys of the table.
SheetOutcome ReadSheet(const Sheet& sheet, const SheetMapping& mapping, const std::string& unit_key,
                       const std::string& time_key);

}  // namespace farrell::data
