// Schedules, their runs and the events they wait for, in SQL.
//
// A run is one row whose key is its identity (run_identity.h): found due twice, or by two servers, it is one. What a
// look at a schedule found – runs, ends of events, how far it has looked – is written in one transaction, by the holder
// of the lease alone. A run under way belongs to an owner who shows signs of life; one that does no more waits again.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/sql/database.h"
#include "common/status/status.h"
#include "farrell/reporting/v1/schedule.pb.h"
#include "services/reporting/engine/schedule/nominal_times.h"
#include "services/reporting/service/schedule_lease.h"

namespace farrell::reporting {

struct KeptSchedule {
  v1::StoredSchedule stored;
  // Through when its time table has been looked at.
  schedule::Moment looked_through;
};

// What one look at one schedule found.
struct Finding {
  std::string schedule_id;
  // `looked_through` as it was read, and as it is to be.
  schedule::Moment looked_from;
  schedule::Moment looked_through;
  std::int64_t missed = 0;
  std::vector<v1::ScheduledRun> due;
  // Events with their ends.
  std::vector<v1::Arrival> ended;
  std::string waits_for;
};

// A run that has not ended.
struct OpenScheduled {
  v1::ScheduledRun run;
  schedule::Moment nominal;
  schedule::Moment not_before;
  // A run for which it is to end; empty: none.
  std::string cancelled_for;
};

// Thread-safe; several programs may use one database. Errors of the database besides those named.
class ScheduleStore {
 public:
  // A run whose owner was silent for so long, by the clock of the store, waits again.
  static constexpr std::chrono::seconds kSilence{60};

  explicit ScheduleStore(sql::Database& database) : database_(database) {}

  // Errors: ALREADY_EXISTS SCHEDULE_EXISTS.
  Status Add(const v1::StoredSchedule& stored, schedule::Moment looked_through);
  // Replaces the content of a schedule, and how far its table was looked at unless that is unset. Errors: NOT_FOUND
  // SCHEDULE_NOT_FOUND.
  Status Replace(const v1::StoredSchedule& stored, std::optional<schedule::Moment> looked_through);
  // Takes the schedule, its events and its runs that have not ended. Those under way are told to end.
  Status Remove(const std::string& id);
  Result<std::vector<KeptSchedule>> All();
  Result<std::optional<KeptSchedule>> Find(const std::string& id);

  // Writes what a look found. Rows that are there stay as they are. Returns the runs that were new. Errors: ABORTED
  // LEASE_LOST; ABORTED SCHEDULE_CHANGED, when it was looked at or replaced meanwhile.
  Result<int> Record(const HeldLease& lease, const Finding& finding);
  // Runs that somebody asked for; no lease is needed. Returns those that were new.
  Result<int> AddRuns(const std::vector<v1::ScheduledRun>& runs);

  // By schedule.
  Result<std::map<std::string, std::vector<OpenScheduled>>> OpenRuns();
  Result<std::optional<v1::ScheduledRun>> FindRun(const std::string& id);
  // The newest nominal times first.
  Result<std::vector<v1::ScheduledRun>> RunsOf(const std::string& schedule_id, int limit);

  // True: the run is now under way and the owner's. False: it does not wait any more. Errors: ABORTED LEASE_LOST.
  Result<bool> Claim(const HeldLease& lease, const std::string& id, const Holder& owner);
  // A sign of life. The run for which it is to end, or nothing. Errors: ABORTED RUN_LOST, when another owner has it.
  Result<std::optional<std::string>> ShowAlive(const std::string& id, const Holder& owner);
  // Ends the run of an owner, or of one that waits (no owner), in `state`; or has it wait again, from `not_before`.
  // Errors: ABORTED RUN_LOST.
  Status End(const v1::ScheduledRun& run, const Holder* owner);
  Status WaitAgain(const v1::ScheduledRun& run, const Holder& owner, schedule::Moment not_before);
  // Has a run under way end for another.
  Status Cancel(const std::string& id, const std::string& for_run);
  // Runs whose owner has gone wait again. Returns how many.
  Result<int> TakeBackLost();

  // Adds events that are not there yet, to all schedules named.
  Status AddArrivals(const std::vector<std::string>& schedule_ids, const v1::Arrival& arrival, schedule::Moment seen);
  // Forgets all events of a schedule, so that it hears them from the beginning: the data service was restored from a
  // backup, and gives out their numbers again.
  Status ForgetArrivals(const std::string& schedule_id);
  Result<std::vector<v1::Arrival>> PendingArrivals(const std::string& schedule_id);
  // The newest sequence first, at most `limit`, before a sequence.
  Result<std::vector<v1::Arrival>> ArrivalsOf(const std::string& schedule_id, int limit, std::int64_t before);
  // The newest event that the schedule has heard of; 0: none.
  Result<std::int64_t> NewestArrival(const std::string& schedule_id);
  // When the oldest pending event was first heard of; nothing: there is none.
  Result<std::optional<schedule::Moment>> OldestPending();

 private:
  sql::Database& database_;
};

// Within a transaction: adds the runs that are not there; returns how many.
Result<int> InsertScheduledWithin(soci::session& session, const std::vector<v1::ScheduledRun>& runs);
// Within a transaction: takes the run out of the owner's hands and writes how it ended. ABORTED RUN_LOST.
Status EndScheduledWithin(soci::session& session, const v1::ScheduledRun& run, const Holder* owner);

}  // namespace farrell::reporting
