// The report as a workbook: a page of contents, one sheet a table, one for the numbers of every figure, and the
// provenance. A number is a number at full precision; stars, parentheses and rounding are number formats.
#pragma once

#include <string>

#include "common/status/status.h"
#include "services/reporting/engine/report.h"

namespace farrell::reporting {

// The bytes of an .xlsx file, the same for the same content. Snapshot, study, seed and the synthetic stamp are also
// custom properties of the file. Errors: INTERNAL XLSX_NOT_WRITTEN.
Result<std::string> RenderReportXlsx(const ReportContent& content);

// Excel's number format under which the cell reads as CellText prints it: `0.000"**"`, `"("0.000")"`.
std::string NumberFormat(const Cell& cell);

}  // namespace farrell::reporting
