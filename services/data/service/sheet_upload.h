// A file of another format than CSV that was uploaded becomes a table as its CSV would.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/data/v1/data.pb.h"
#include "services/data/engine/import.h"
#include "services/data/engine/sheet/sheet_table.h"

namespace farrell::data {

// Rows of a preview.
inline constexpr std::size_t kPreviewRows = 20;

struct SheetUpload {
  ImportOutcome outcome;
  std::vector<std::string> assumptions;
  std::string preview;  // the first rows as CSV; empty when there are problems
};
bool IsCsv(const v1::ImportOptions& options);
// Of any other format. Errors: those of ImportWorkbook and ImportDta (dta_upload.h).
Result<SheetUpload> ImportWhole(const std::string& bytes, const v1::ImportOptions& options, ImportSettings settings,
                                const std::stop_token& stop);
// Errors of ReadWorkbook; CANCELLED.
Result<SheetUpload> ImportWorkbook(const std::string& bytes, const v1::ImportOptions& options, ImportSettings settings,
                                   const std::stop_token& stop);

}  // namespace farrell::data
