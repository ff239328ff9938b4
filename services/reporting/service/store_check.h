// Whether everything the reporting service has stored is what was stored.
#pragma once

#include "common/sql/check_report.h"
#include "common/sql/database.h"
#include "common/status/status.h"

namespace farrell::reporting {

// Reads every step, run, input and file, a page at a time, and compares each with its digest; what has none is held
// against what it refers to (record_check.h). Programs may go on using
// the store, whose tables have schema version `version`. Errors: those of sql::Read; damage is a result.
Result<sql::CheckReport> CheckStore(sql::Database& database, int version);

}  // namespace farrell::reporting
