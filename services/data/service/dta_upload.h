// A Stata file that was uploaded becomes a table as its CSV would.
#pragma once

#include <stop_token>
#include <string>

#include "common/status/status.h"
#include "services/data/engine/import.h"
#include "services/data/service/sheet_upload.h"

namespace farrell::data {

// farrell-read-dta: $FARRELL_READ_DTA when set, else beside the running program, else in PATH.
std::string FindDtaReader();

// Read by that program in a process of its own. Errors: INVALID_ARGUMENT, reason DTA_INVALID; RESOURCE_EXHAUSTED,
// reason DTA_TOO_LARGE; FAILED_PRECONDITION, reason DTA_UNAVAILABLE, where the program is missing; CANCELLED.
Result<SheetUpload> ImportDta(const std::string& bytes, const std::string& file_name, ImportSettings settings,
                              const std::stop_token& stop);

}  // namespace farrell::data
