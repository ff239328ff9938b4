// Two runs → what changed between their reports and why.
#pragma once

#include <stop_token>
#include <string>

#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/study_run.h"

namespace farrell::reporting {

// Where more than one cause is at work, the study of each run is run by the present code, and that of the first also on
// the data of the second; finished steps are taken from the store. What cannot be run is a note of the difference, not
// an error. Errors: those of FindFinishedRun, DATA_LOSS (a damaged report), CANCELLED,
// INVALID_ARGUMENT FORMAT_UNKNOWN.
Result<v1::DiffRunsResponse> DiffRuns(const RunEnvironment& environment, const v1::DiffRunsRequest& request,
                                      const std::stop_token& stop);

// The run, which must have a report. Errors: those of FindOpenRun, FAILED_PRECONDITION RUN_NOT_FINISHED.
Result<v1::Run> FindFinishedRun(const RunEnvironment& environment, const std::string& id, const std::stop_token& stop);

}  // namespace farrell::reporting
