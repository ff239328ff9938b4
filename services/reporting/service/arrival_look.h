// What the events of a schedule's dataset make due: the store's rows and the data service's answers for arrivals.h.
#pragma once

#include <stop_token>

#include "common/status/status.h"
#include "services/reporting/service/scheduled_execution.h"

namespace farrell::reporting {

// Adds to `finding` the run that is due, the ends of events, and what the others wait for. Errors: of the store, and of
// a data service that cannot be asked.
Status FindByArrivals(const ScheduleEnvironment& environment, ScheduleStore& store, const v1::StoredSchedule& stored,
                      Finding& finding, const std::stop_token& stop);

}  // namespace farrell::reporting
