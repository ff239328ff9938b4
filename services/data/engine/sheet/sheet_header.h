// What every column of a sheet holds, from the rows above its body.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/data/engine/sheet/column_texts.h"
#include "services/data/engine/sheet/skipped_names.h"
#include "services/data/engine/sheet/tidy_rows.h"

namespace farrell::data {

// What a column says of its cells; the rest its rows say.
struct SheetColumn {
  int column = 0;
  std::string unit;                     // empty: its rows say it
  std::optional<std::size_t> variable;  // position in the rows; unset: its rows say it
  std::optional<std::int64_t> period;
  SheetPlace header;  // the lowest cell that names it
};

struct SheetHeader {
  int name_column = 0;         // what the rows are: units, variables or periods; 0: not found
  int time_column = 0;         // 0: there is none
  int measurement_column = 0;  // 0: there is none
  std::vector<SheetColumn> columns;
};

// "unit", "variable", "period".
std::string_view KeyWord(SheetKey key);

// What the mapping says of one of these texts, or null.
const SheetVariable* FindVariable(const SheetMapping& mapping, const std::vector<std::string>& texts);

// Variables of columns are added to `rows`; columns of units may be skipped.
SheetHeader ReadHeader(const SheetView& view, const SheetMapping& mapping, ColumnTexts& texts, SkippedNames& skipped,
                       TidyRows& rows, SheetNotes& notes);

}  // namespace farrell::data
