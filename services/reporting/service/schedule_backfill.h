// Nominal times of the past: what running them would take, and the runs.
#pragma once

#include <stop_token>

#include "common/status/status.h"
#include "services/reporting/service/schedule_look.h"

namespace farrell::reporting {

// Errors: those of FindOwnSchedule; INVALID_ARGUMENT BACKFILL_INVALID with every bad field; FAILED_PRECONDITION
// SCHEDULE_WITHOUT_TIMES; a service that cannot be asked; CANCELLED.
Result<v1::BackfillScheduleResponse> BackfillSchedule(const ScheduleEnvironment& environment,
                                                      const v1::BackfillScheduleRequest& request,
                                                      const std::stop_token& stop);

}  // namespace farrell::reporting
