// One scheduled run from its claim to its end: in the name of whoever created the schedule, run, gated, published.
#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "farrell/reporting/v1/schedule.pb.h"
#include "services/reporting/engine/schedule/nominal_times.h"
#include "services/reporting/service/schedule_store.h"
#include "services/reporting/service/study_run.h"

namespace farrell::reporting {

// What looking at schedules and running them share. Thread-safe.
struct ScheduleEnvironment {
  RunEnvironment run;
  // The file of grants; empty: nobody is asked.
  std::string grants;
  // The time of day.
  std::function<schedule::Moment()> now;
};

// A call in the name of whoever created a schedule, with what they may do now, as if they ran the study.
Result<CallInfo> CallOfHolder(const ScheduleEnvironment& environment, const std::string& holder);

// Runs a run that `owner` has claimed and writes how it ended, whatever happens:
//   PUBLISHED, WITHHELD    it succeeded
//   REJECTED               whoever created the schedule may not, or the data are not there
//   FAILED, CANCELLED      with the reason
//   WAITING                a service was away or full: to be tried again, the pauses growing to an hour, up to ten
//                          times; or `shutdown` fired, which counts for nothing
// A run whose study has succeeded before its server went is only published. `stop` fires when the run is cancelled.
void ExecuteScheduled(const ScheduleEnvironment& environment, const v1::StoredSchedule& stored, v1::ScheduledRun run,
                      const Holder& owner, const std::stop_token& stop, const std::stop_token& shutdown);

}  // namespace farrell::reporting
