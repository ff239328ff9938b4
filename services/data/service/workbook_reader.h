// Sheets of a workbook, read by a program beside this one: what strangers upload is not parsed in the service.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/data/engine/sheet/sheet.h"

namespace farrell::data {

inline constexpr std::size_t kMostWorkbookBytes = std::size_t{64} << 20U;

// The Python that is asked, which needs openpyxl.
std::string FindWorkbookPython();

struct SheetChoice {
  std::vector<std::string> names;  // empty: the only visible one
  bool all_visible = false;        // with no names: all that are visible
};

// In the order of the names, or of the workbook. Errors: INVALID_ARGUMENT, reasons WORKBOOK_INVALID, SHEET_NOT_FOUND;
// RESOURCE_EXHAUSTED, reason WORKBOOK_TOO_LARGE, beyond 64 MiB, 256 MiB unpacked, a minute or a gigabyte of memory;
// FAILED_PRECONDITION, reason WORKBOOKS_UNAVAILABLE, where Python or openpyxl is missing; CANCELLED.
Result<std::vector<Sheet>> ReadWorkbook(const std::string& bytes, const SheetChoice& choice,
                                        const std::string& file_name, const std::stop_token& stop);

}  // namespace farrell::data
