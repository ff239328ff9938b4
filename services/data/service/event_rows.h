// What happened to datasets, as rows inside a transaction.
//
// Sequences are 1, 2, … without gaps, also when several processes write: a transaction takes the number after the last
// one it sees, and of two that see the same last one only one is committed (common/sql/database.h). So an event is
// visible only together with all before it, and a reader who goes on from the last they have seen misses none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/sql/soci.h"
#include "services/data/engine/cell_changes.h"
#include "services/data/service/holdings.h"

namespace farrell::data {

// Numbers as in data.v1.DatasetEvent.Kind and data.v1.PeriodState; stored.
enum class EventKind : std::uint8_t { kArrived = 1, kWithdrawn = 2, kFrozen = 3, kDeclared = 4, kOpened = 5 };
enum class PeriodState : std::uint8_t { kOpen = 1, kComplete = 2, kFrozen = 3 };

struct EventPeriod {
  PeriodChanges changes;
  bool frozen = false;  // before
  PeriodState state = PeriodState::kOpen;
};

struct DatasetEvent {
  std::int64_t sequence = 0;
  access::DataName name;  // without a release: the dataset as a whole
  EventKind kind = EventKind::kArrived;
  std::string snapshot;  // of the latest release after the event; empty: there is none
  std::string known_at;
  std::int64_t recorded_at = 0;
  std::string source_digest;
  bool update = false;
  std::int64_t embargo_until = 0;
  std::vector<EventPeriod> periods;
};

// Gives the event the next sequence and returns it.
std::int64_t InsertEvent(soci::session& session, const DatasetEvent& event);

// At most `limit` events after a sequence, in order, of the datasets named (empty: of all), whether open or not.
std::vector<DatasetEvent> EventsAfter(soci::session& session, std::int64_t sequence,
                                      const std::vector<access::DataName>& datasets, int limit);
// 0: there is none.
std::int64_t LastEvent(soci::session& session);

// The arrival of a release, if it was told.
std::optional<DatasetEvent> ArrivalEvent(soci::session& session, const access::DataName& release);

// The embargo of a release holds for what is told of it.
void MoveEventEmbargo(soci::session& session, const access::DataName& release, std::int64_t embargo_until);

}  // namespace farrell::data
