// Sheets as statistics bureaus publish them → tidy rows, one a unit and period.
//
// Header: rows at the top of the range whose texts, from above to below, name a column; a merged cell names all the
// columns under it. A year among them is the column's period, a bracket at the end its unit of measurement, the rest
// its variable. Titles (one text over the whole range) and "单位:…" lines name nothing. Body: every row below is a
// unit, its merged cells are of every row beside them; notes and rows without any value are left out.
//
// Rows may be variables instead: the texts above a column are then its unit, unless the mapping says whose page it is,
// and its year its period. Or they are periods: columns are then variables of the one unit, or units with values of the
// one variable, that the mapping says.
//
// Whatever was taken for granted is said as an assumption; what cannot be told is a problem of a named cell. No value
// is guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/data/engine/import.h"
#include "services/data/engine/sheet/sheet.h"

namespace farrell::data {

// What a column, or a row, is called in the table.
struct SheetVariable {
  std::string header;  // its text in the sheet, narrowed and without marks and unit, or letters of the column, or the
                       // number of the row
  std::string name;
  std::string label;
  std::string unit;
};

// What tells one value from another.
enum class SheetKey : std::uint8_t { kUnits, kVariables, kPeriods };

struct SheetMapping {
  SheetKey rows = SheetKey::kUnits;
  std::optional<SheetKey> sheet_name;  // what the sheet's name is: its `unit`, `variable` or `period`; unset: nothing
  std::optional<SheetRange> range;     // unset: all cells
  int header_rows = 0;                 // from the top of the range; 0: by what stands in the rows (header_end.h)
  int unit_row = 0;                    // row of the sheet with units of measurement only; 0: none
  std::string unit_column;             // text of its header, or letters; empty: the first of the range
  std::string variable_column;         // the same, where rows are variables
  std::string time_column;  // the same; empty: periods stand in the header, or `period`; of rows that are periods
                            // the first of the range
  std::string measurement_column;  // units of measurement of rows that are variables; empty: one headed 计量单位, 单位,
                                   // Unit or Unit of measurement, if there is
  std::string unit;  // whose page it is where rows are no units
  std::optional<std::int64_t> period;
  std::string variable;                  // name where headers hold periods or units only
  std::vector<SheetVariable> variables;  // empty: every column or row, by its text
  std::vector<std::string> missing;      // narrowed texts that mean missing
  std::vector<std::string> skipped;      // rows left out, e.g. 全国; where columns are units or periods, columns too
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

// A sheet and how it is read.
struct SheetPage {
  Sheet sheet;
  SheetMapping mapping;
};

// Stacks the pages in their order: a value that two of them have is a problem, and so is a variable that they measure
// differently. `unit_key` and `time_key` name the keys of the table; with a `time_key` every page must say its periods,
// empty it is "period" where pages say them. Errors: CANCELLED.
Result<SheetOutcome> ReadSheets(const std::vector<SheetPage>& pages, const std::string& unit_key,
                                const std::string& time_key, const std::stop_token& stop);

}  // namespace farrell::data
