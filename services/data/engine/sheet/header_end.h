// Where the header of a sheet ends and its body begins.
#pragma once

#include "services/data/engine/sheet/sheet_table.h"
#include "services/data/engine/sheet/sheet_view.h"

namespace farrell::data {

// First row of the body, by `header_rows` of the mapping or by what stands in the rows; one past the range: there is
// none. A row that may be of either is a problem HEADER_UNCLEAR.
int FirstBodyRow(const SheetView& view, const SheetMapping& mapping, SheetNotes& notes);

}  // namespace farrell::data
