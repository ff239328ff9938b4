// One look at all schedules: what is due is written down, and what is its turn is named.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/reporting/service/scheduled_execution.h"

namespace farrell::reporting {

// Finds the runs that are due by time tables and arrivals. Only the holder of the lease finds anything. What could not
// be asked for – a service is away – is found at a later look. Returns how many are new. Errors: those of the store;
// ABORTED LEASE_LOST.
Result<int> FindDueRuns(const ScheduleEnvironment& environment, const HeldLease& lease, const std::stop_token& stop);

// A run whose turn it is.
struct RunToStart {
  std::string id;
  std::string schedule_id;
};
// What the overlap policies make of all runs that have not ended.
struct Turns {
  // In the order in which they are to be begun: first those that are due, then backfills.
  std::vector<RunToStart> start;
  // Runs under way that are to end.
  std::vector<std::string> cancel;
};
// Runs that are skipped or superseded are ended thereby. Runs of paused schedules wait, unless somebody triggered them.
Result<Turns> DecideTurns(const ScheduleEnvironment& environment);

// A run of a schedule, named, and without its release.
v1::ScheduledRun NewScheduledRun(const v1::StoredSchedule& stored, schedule::Moment nominal,
                                 v1::ScheduledRun::Cause cause, schedule::Moment now);
// Gives it its release and its name; or has it end rejected with the reason.
void PlaceRun(const std::string& release, const std::string& snapshot, v1::ScheduledRun& run);
void RejectRun(const Status& why, v1::ScheduledRun& run);

// The table of a schedule that has one. Errors: those of ParseCron and TimeZone::Find.
Result<schedule::NominalTimes> TimesOf(const v1::Schedule& schedule);

// A mistake or refusal that asking again does not mend.
bool IsLasting(const Status& status);

}  // namespace farrell::reporting
