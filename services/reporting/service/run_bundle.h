// A finished run → its replication bundle.
#pragma once

#include <stop_token>
#include <string>

#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/study_run.h"

namespace farrell::reporting {

// The ZIP file of a run (services/reporting/engine/bundle.h says what is in it): the one that a hold keeps, or a new
// one. Its data are read back before it is given away: what would not come back as the same snapshot is an error.
// Errors: those of FindFinishedRun, NOT_FOUND (data), FAILED_PRECONDITION RUN_NOT_REPLAYABLE (from before studies were
// kept, or read otherwise by this version), RESULT_MISSING with every step whose result is no longer kept,
// BUNDLE_PATH_ABSOLUTE, BUNDLE_DATA_DERIVED, CANCELLED.
Result<std::string> BundleRun(const RunEnvironment& environment, const std::string& run_id,
                              const std::stop_token& stop);

}  // namespace farrell::reporting
