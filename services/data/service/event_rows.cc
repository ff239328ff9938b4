#include "services/data/service/event_rows.h"

#include <algorithm>

namespace farrell::data {
namespace {

using access::DataName;
using soci::into;
using soci::use;

void ReadPeriods(soci::session& session, DatasetEvent& event) {
  const long long sequence = event.sequence;
  int has_period = 0;
  int frozen = 0;
  int state = 0;
  long long period = 0;
  long long revised = 0;
  long long appeared = 0;
  long long vanished = 0;
  soci::statement select =
      (session.prepare << "SELECT has_period, period, revised, appeared, vanished, frozen, state FROM"
                          " data_event_periods WHERE event = :event ORDER BY position",
       use(sequence, "event"), into(has_period), into(period), into(revised), into(appeared), into(vanished),
       into(frozen), into(state));
  select.execute();
  while (select.fetch()) {
    EventPeriod& made = event.periods.emplace_back();
    if (has_period != 0) made.changes.period = period;
    made.changes.revised = revised;
    made.changes.appeared = appeared;
    made.changes.vanished = vanished;
    made.frozen = frozen != 0;
    made.state = static_cast<PeriodState>(state);
  }
}

// Events of "WHERE ..." that binds what `bind` adds.
template <typename Bind>
std::vector<DatasetEvent> Select(soci::session& session, const std::string& where, const Bind& bind) {
  std::vector<DatasetEvent> events;
  DatasetEvent row;
  long long sequence = 0;
  long long recorded = 0;
  long long embargo = 0;
  int kind = 0;
  int update = 0;
  soci::details::prepare_temp_type prepared =
      (session.prepare << "SELECT sequence, project, dataset, name, kind, snapshot, known_at, recorded_at,"
                          " source_digest, is_update, embargo_until FROM data_events "
                       << where);
  bind(prepared);
  prepared, into(sequence), into(row.name.project), into(row.name.dataset), into(row.name.release), into(kind),
      into(row.snapshot), into(row.known_at), into(recorded), into(row.source_digest), into(update), into(embargo);
  {
    soci::statement select(prepared);
    select.execute();
    while (select.fetch()) {
      row.sequence = sequence;
      row.kind = static_cast<EventKind>(kind);
      row.recorded_at = recorded;
      row.update = update != 0;
      row.embargo_until = embargo;
      events.push_back(row);
    }
  }
  for (DatasetEvent& event : events) ReadPeriods(session, event);
  return events;
}

}  // namespace

std::int64_t LastEvent(soci::session& session) {
  long long last = 0;
  session << "SELECT COALESCE(MAX(sequence), 0) FROM data_events", into(last);
  return last;
}

std::int64_t InsertEvent(soci::session& session, const DatasetEvent& event) {
  const long long sequence = LastEvent(session) + 1;
  const long long recorded = event.recorded_at;
  const long long embargo = event.embargo_until;
  const int kind = static_cast<int>(event.kind);
  const int update = event.update ? 1 : 0;
  session << "INSERT INTO data_events (sequence, project, dataset, name, kind, snapshot, known_at, recorded_at,"
             " source_digest, is_update, embargo_until) VALUES (:sequence, :project, :dataset, :name, :kind, :snapshot,"
             " :known_at, :recorded_at, :source_digest, :is_update, :embargo)",
      use(sequence, "sequence"), use(event.name.project, "project"), use(event.name.dataset, "dataset"),
      use(event.name.release, "name"), use(kind, "kind"), use(event.snapshot, "snapshot"),
      use(event.known_at, "known_at"), use(recorded, "recorded_at"), use(event.source_digest, "source_digest"),
      use(update, "is_update"), use(embargo, "embargo");
  for (std::size_t index = 0; index < event.periods.size(); ++index) {
    const EventPeriod& each = event.periods[index];
    const int position = static_cast<int>(index);
    const int has_period = each.changes.period ? 1 : 0;
    const long long period = each.changes.period.value_or(0);
    const long long revised = each.changes.revised;
    const long long appeared = each.changes.appeared;
    const long long vanished = each.changes.vanished;
    const int frozen = each.frozen ? 1 : 0;
    const int state = static_cast<int>(each.state);
    session << "INSERT INTO data_event_periods (event, position, has_period, period, revised, appeared, vanished,"
               " frozen, state) VALUES (:event, :position, :has_period, :period, :revised, :appeared, :vanished,"
               " :frozen, :state)",
        use(sequence, "event"), use(position, "position"), use(has_period, "has_period"), use(period, "period"),
        use(revised, "revised"), use(appeared, "appeared"), use(vanished, "vanished"), use(frozen, "frozen"),
        use(state, "state");
  }
  return sequence;
}

std::vector<DatasetEvent> EventsAfter(soci::session& session, std::int64_t sequence,
                                      const std::vector<DataName>& datasets, int limit) {
  std::string where = "WHERE sequence > :after";
  const long long after = sequence;
  for (std::size_t index = 0; index < datasets.size(); ++index) {
    const std::string number = std::to_string(index);
    where +=
        (index == 0 ? " AND (" : " OR ") + ("(project = :project" + number) + " AND dataset = :dataset" + number + ")";
  }
  if (!datasets.empty()) where += ")";
  return Select(session, where + " ORDER BY sequence LIMIT " + std::to_string(limit),
                [&](soci::details::prepare_temp_type& prepared) {
                  prepared, use(after, "after");
                  for (std::size_t index = 0; index < datasets.size(); ++index) {
                    const std::string number = std::to_string(index);
                    prepared, use(datasets[index].project, "project" + number),
                        use(datasets[index].dataset, "dataset" + number);
                  }
                });
}

std::optional<DatasetEvent> ArrivalEvent(soci::session& session, const DataName& release) {
  const int kind = static_cast<int>(EventKind::kArrived);
  std::vector<DatasetEvent> events = Select(session,
                                            "WHERE project = :project AND dataset = :dataset AND name = :name AND kind "
                                            "= :kind ORDER BY sequence DESC LIMIT 1",
                                            [&](soci::details::prepare_temp_type& prepared) {
                                              prepared, use(release.project, "project"),
                                                  use(release.dataset, "dataset"), use(release.release, "name"),
                                                  use(kind, "kind");
                                            });
  if (events.empty()) return std::nullopt;
  return std::move(events.front());
}

void MoveEventEmbargo(soci::session& session, const DataName& release, std::int64_t embargo_until) {
  const long long embargo = embargo_until;
  session
      << "UPDATE data_events SET embargo_until = :embargo WHERE project = :project AND dataset = :dataset AND name ="
         " :name",
      use(embargo, "embargo"), use(release.project, "project"), use(release.dataset, "dataset"),
      use(release.release, "name");
}

}  // namespace farrell::data
