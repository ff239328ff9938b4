// The part of the check of the store that looks at what has no digest: what is kept of schedules, publications and the
// events of runs, and whether what they refer to is there.
#pragma once

#include "common/sql/check_report.h"
#include "common/sql/soci.h"
#include "common/status/status.h"

namespace farrell::reporting {

// Every message is readable and says what its row says, numbers run without gaps, and what is referred to exists unless
// it was removed as a whole: runs leave a line when they go, schedules leave the runs that they ended. For tables of
// schema version `version`; adds to `report`. Errors: those of the database.
Status CheckRecords(soci::session& session, int version, sql::CheckReport& report);

}  // namespace farrell::reporting
