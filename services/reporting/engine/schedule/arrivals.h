// What becomes of the events of a dataset that a schedule waits for: events in, ends and at most one run out.
//
// Every event ends once, as consumed (a run was made of its data), superseded (one that came later restated the dataset
// as a whole when the run was made, or before) or rejected (there is nothing in it to run on), with a reason. Until
// then it is pending.
//
//   quiet period   a run is due only when nothing has come for that long, so that thirty uploads make one run
//   completeness   a run is due only when its data are complete
//   deadline       counted from the oldest pending event: the run is due then in any case, and stamped provisional if
//                  its data are not complete
//   withdrawal     pending arrivals of the release end rejected; once there was a run, what is left is due for another
//   back again     events that leave the data as the last run had them end rejected, and all before them superseded
//
// Nothing here asks what time it is or what another service knows.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "services/reporting/engine/schedule/nominal_times.h"

namespace farrell::reporting::schedule {

struct ArrivalEvent {
  enum class Kind : std::uint8_t { kArrived, kWithdrawn, kFrozen, kDeclared };
  // Of the data service, increasing over its events.
  std::int64_t sequence = 0;
  // When it was first heard of.
  Moment at;
  Kind kind = Kind::kArrived;
  std::string release;
  // Of the dataset after the event; empty: it has no data then.
  std::string snapshot;
  // An arrival that was laid over what was known, which stays part of the dataset; otherwise it restates the whole.
  bool update = false;
  // Cells that say something else than before or nothing any more, and cells that are new.
  std::int64_t revised_cells = 0;
  std::int64_t new_cells = 0;
};

struct ArrivalRule {
  // Only arrivals that revise cells are due for a run.
  bool revisions_only = false;
  std::chrono::seconds quiet{0};
  bool needs_complete = false;
  std::optional<std::chrono::seconds> deadline{};
};

struct ArrivalEnd {
  enum class Kind : std::uint8_t { kConsumed, kSuperseded, kRejected };
  std::int64_t sequence = 0;
  Kind kind = Kind::kConsumed;
  std::string reason;
};

// A run that is due. Its nominal time is that of its newest event: whoever looks, and whenever, finds the same.
struct DueArrival {
  Moment nominal;
  // Empty: not of one release.
  std::string release;
  // Empty: the dataset had no data after the event.
  std::string snapshot;
  bool provisional = false;
  // Why it is provisional.
  std::string reason;
};

struct ArrivalDecision {
  std::vector<ArrivalEnd> ends;
  std::optional<DueArrival> due;
  // When to look again though nothing comes; unset: when something does.
  std::optional<Moment> look_at;
  // What the pending events wait for; empty: there are none.
  std::string waits_for;
};

// Whether a snapshot is complete.
struct Completeness {
  bool complete = false;
  // "27 of 30 units in 2020".
  std::string found;
};
using AskCompleteness = std::function<Result<Completeness>(const std::string& snapshot)>;

// What has been made of earlier events.
struct ArrivalHistory {
  // The newest arrival that a run was made of; 0: none.
  std::int64_t used_through = 0;
  // Of the newest run; empty: there is none.
  std::string last_snapshot;
  std::string last_release;
  bool last_provisional = false;
};

// `pending` in any order. `complete` is asked at most once, and only where the rule needs it and a run is due
// otherwise. Errors: those of `complete`.
Result<ArrivalDecision> DecideArrivals(const ArrivalRule& rule, std::vector<ArrivalEvent> pending,
                                       const ArrivalHistory& history, const AskCompleteness& complete, Moment now);

}  // namespace farrell::reporting::schedule
