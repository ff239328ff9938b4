// How a workbook is read, as a caller says it: checked, and as the engine wants it.
#pragma once

#include <vector>

#include "common/status/status.h"
#include "farrell/data/v1/data.pb.h"
#include "services/data/engine/sheet/sheet_table.h"
#include "services/data/service/workbook_reader.h"

namespace farrell::data {

// Bad fields of `options.mapping` and `options.format`, added below these names.
void CheckSheetOptions(const v1::ImportOptions& options, std::vector<FieldViolation>& violations);

SheetChoice SheetsToRead(const v1::SheetMapping& mapping);

// Of the sheets that were read by SheetsToRead, in their order. Assumes that the mapping was checked.
std::vector<SheetPage> ToPages(const v1::SheetMapping& mapping, std::vector<Sheet> sheets);

}  // namespace farrell::data
