// The calls that hold, release and remove runs: what was asked → the store (run_keeper.h).
#pragma once

#include <span>
#include <stop_token>

#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/study_run.h"

namespace farrell::reporting {

// What holds the runs at present, as a part of the reply about them.
Status AddHolds(StepStore& store, std::span<v1::Run> runs);

// Errors: those of FindOpenRun, INVALID_ARGUMENT HOLD_INVALID, FAILED_PRECONDITION RUN_UNDER_WAY, CANCELLED.
Result<v1::HoldRunResponse> HoldRun(const RunEnvironment& environment, const v1::HoldRunRequest& request,
                                    const std::stop_token& stop);
// Errors: those of FindOpenRun, NOT_FOUND HOLD_NOT_FOUND.
Result<v1::ReleaseRunResponse> ReleaseRun(const RunEnvironment& environment, const v1::ReleaseRunRequest& request,
                                          const std::stop_token& stop);
// Errors: those of FindOpenRun, INVALID_ARGUMENT RUN_ID_INVALID ("latest"), REASON_INVALID; those of RunKeeper::Remove.
Result<v1::RemovedRun> RemoveRun(const RunEnvironment& environment, const v1::RemoveRunRequest& request,
                                 const std::stop_token& stop);
// Of all projects. Errors: INVALID_ARGUMENT FIELD_OUT_OF_RANGE; PERMISSION_DENIED RETENTION_OF_ALL.
Result<v1::ApplyRetentionResponse> ApplyRetention(StepStore& store, const v1::ApplyRetentionRequest& request);

}  // namespace farrell::reporting
