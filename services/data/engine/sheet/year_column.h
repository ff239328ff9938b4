// A column of years that the mapping does not name as such, for errors that say how it is named.
#pragma once

#include <string>
#include <vector>

#include "services/data/engine/sheet/column_texts.h"
#include "services/data/engine/sheet/sheet_header.h"

namespace farrell::data {

// A row of the body, and the unit or variable that it is.
struct NamedRow {
  int row = 0;
  std::string name;
};

// The first column that holds a year in each of these rows, other years in rows of one name: by the text of its header,
// or by its letters. Empty: there is none.
std::string FindYearColumn(const SheetView& view, ColumnTexts& texts, const SheetHeader& header,
                           const std::vector<NamedRow>& rows);

}  // namespace farrell::data
