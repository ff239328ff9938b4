#include "services/reporting/service/schedule_store.h"

#include <utility>

#include "common/sql/soci.h"
#include "common/sql/store_clock.h"
#include "services/reporting/service/stored_message.h"

namespace farrell::reporting {
namespace {

using schedule::Moment;
using soci::into;
using soci::use;

Status ScheduleChanged() {
  return {Code::kAborted, "SCHEDULE_CHANGED", "the schedule was looked at or replaced meanwhile"};
}

Result<std::vector<KeptSchedule>> ReadSchedules(soci::session& session, const std::string& only_id) {
  std::vector<KeptSchedule> schedules;
  std::string content;
  long long looked = 0;
  soci::statement select =
      (session.prepare
           << "SELECT looked_through_ns, content FROM reporting_schedules WHERE id = :id OR CAST(:any AS TEXT) = '' "
              "ORDER BY project, name",
       use(only_id, "id"), use(only_id, "any"), into(looked), into(content));
  select.execute();
  while (select.fetch()) {
    FARRELL_ASSIGN_OR_RETURN(v1::StoredSchedule stored, DecodeMessage<v1::StoredSchedule>(content, "schedule"));
    schedules.push_back({std::move(stored), MomentAt(looked)});
  }
  return schedules;
}

Status WriteContent(soci::session& session, const v1::StoredSchedule& stored) {
  const std::string content = EncodeMessage(stored);
  session << "UPDATE reporting_schedules SET name = :name, content = :content WHERE id = :id",
      use(stored.schedule().name(), "name"), use(content, "content"), use(stored.id(), "id");
  return Status::Ok();
}

Status EndArrival(soci::session& session, const std::string& schedule_id, const v1::Arrival& arrival) {
  const std::string content = EncodeMessage(arrival);
  const long long sequence = arrival.sequence();
  session << "UPDATE reporting_arrivals SET ended = 1, content = :content WHERE schedule_id = :id AND "
             "sequence = :sequence AND ended = 0",
      use(content, "content"), use(schedule_id, "id"), use(sequence, "sequence");
  return Status::Ok();
}

Result<std::vector<v1::Arrival>> ReadArrivals(soci::statement& select, const std::string& content) {
  std::vector<v1::Arrival> arrivals;
  select.execute();
  while (select.fetch()) {
    FARRELL_ASSIGN_OR_RETURN(v1::Arrival arrival, DecodeMessage<v1::Arrival>(content, "arrival"));
    arrivals.push_back(std::move(arrival));
  }
  return arrivals;
}

}  // namespace

Status ScheduleStore::Add(const v1::StoredSchedule& stored, Moment looked_through) {
  const std::string content = EncodeMessage(stored);
  const long long looked = StoredMoment(looked_through);
  const Status added = sql::Write(database_, [&](soci::session& session) -> Status {
    session << "INSERT INTO reporting_schedules (id, project, name, looked_through_ns, content) "
               "VALUES (:id, :project, :name, :looked, :content)",
        use(stored.id(), "id"), use(stored.project(), "project"), use(stored.schedule().name(), "name"),
        use(looked, "looked"), use(content, "content");
    return Status::Ok();
  });
  if (added.reason() != "STORE_DUPLICATE") return added;
  const std::string& name = stored.schedule().name();
  return Status(Code::kAlreadyExists, "SCHEDULE_EXISTS",
                "there is a schedule '" + name +
                    "': say that it is to be replaced (update, --update), or choose another name")
      .With("schedule", name);
}

Status ScheduleStore::Replace(const v1::StoredSchedule& stored, std::optional<Moment> looked_through) {
  return sql::Write(database_, [&](soci::session& session) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const std::vector<KeptSchedule> found, ReadSchedules(session, stored.id()));
    if (found.empty()) {
      return NotFound("SCHEDULE_NOT_FOUND", "there is no schedule '" + stored.schedule().name() + "' any more");
    }
    if (looked_through) {
      const long long looked = StoredMoment(*looked_through);
      session << "UPDATE reporting_schedules SET looked_through_ns = :looked WHERE id = :id", use(looked, "looked"),
          use(stored.id(), "id");
    }
    return WriteContent(session, stored);
  });
}

Status ScheduleStore::Remove(const std::string& id) {
  const int waiting = v1::ScheduledRun::STATE_WAITING;
  const int running = v1::ScheduledRun::STATE_RUNNING;
  const std::string removed = "removed";
  return sql::Write(database_, [&](soci::session& session) -> Status {
    session << "DELETE FROM reporting_schedules WHERE id = :id", use(id, "id");
    session << "DELETE FROM reporting_arrivals WHERE schedule_id = :id", use(id, "id");
    session << "DELETE FROM reporting_scheduled WHERE schedule_id = :id AND state = :state", use(id, "id"),
        use(waiting, "state");
    session << "UPDATE reporting_scheduled SET cancelled_for = :removed WHERE schedule_id = :id AND state = :state",
        use(removed, "removed"), use(id, "id"), use(running, "state");
    return Status::Ok();
  });
}

Result<std::vector<KeptSchedule>> ScheduleStore::All() {
  std::vector<KeptSchedule> schedules;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    FARRELL_ASSIGN_OR_RETURN(schedules, ReadSchedules(session, ""));
    return Status::Ok();
  }));
  return schedules;
}

Result<std::optional<KeptSchedule>> ScheduleStore::Find(const std::string& id) {
  std::optional<KeptSchedule> found;
  if (id.empty()) return found;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    FARRELL_ASSIGN_OR_RETURN(std::vector<KeptSchedule> schedules, ReadSchedules(session, id));
    found.reset();
    if (!schedules.empty()) found = std::move(schedules.front());
    return Status::Ok();
  }));
  return found;
}

Result<int> ScheduleStore::Record(const HeldLease& lease, const Finding& finding) {
  int added = 0;
  FARRELL_RETURN_IF_ERROR(sql::Write(database_, [&](soci::session& session) -> Status {
    added = 0;
    FARRELL_RETURN_IF_ERROR(CheckLease(session, lease));
    FARRELL_ASSIGN_OR_RETURN(std::vector<KeptSchedule> found, ReadSchedules(session, finding.schedule_id));
    if (found.empty() || found.front().looked_through != finding.looked_from) return ScheduleChanged();
    FARRELL_ASSIGN_OR_RETURN(added, InsertScheduledWithin(session, finding.due));
    for (const v1::Arrival& arrival : finding.ended) {
      FARRELL_RETURN_IF_ERROR(EndArrival(session, finding.schedule_id, arrival));
    }
    const long long looked = StoredMoment(finding.looked_through);
    session << "UPDATE reporting_schedules SET looked_through_ns = :looked WHERE id = :id", use(looked, "looked"),
        use(finding.schedule_id, "id");
    v1::StoredSchedule& stored = found.front().stored;
    if (finding.missed == 0 && finding.waits_for == stored.waits_for()) return Status::Ok();
    stored.set_missed_count(stored.missed_count() + finding.missed);
    stored.set_waits_for(finding.waits_for);
    return WriteContent(session, stored);
  }));
  return added;
}

Status ScheduleStore::AddArrivals(const std::vector<std::string>& schedule_ids, const v1::Arrival& arrival,
                                  Moment seen) {
  const std::string content = EncodeMessage(arrival);
  const long long sequence = arrival.sequence();
  const long long seen_ns = StoredMoment(seen);
  return sql::Write(database_, [&](soci::session& session) -> Status {
    for (const std::string& id : schedule_ids) {
      session << "INSERT INTO reporting_arrivals (schedule_id, sequence, seen_ns, ended, content) "
                 "VALUES (:id, :sequence, :seen, 0, :content) ON CONFLICT (schedule_id, sequence) DO NOTHING",
          use(id, "id"), use(sequence, "sequence"), use(seen_ns, "seen"), use(content, "content");
    }
    return Status::Ok();
  });
}

Status ScheduleStore::ForgetArrivals(const std::string& schedule_id) {
  return sql::Write(database_, [&](soci::session& session) -> Status {
    session << "DELETE FROM reporting_arrivals WHERE schedule_id = :id", use(schedule_id, "id");
    FARRELL_ASSIGN_OR_RETURN(std::vector<KeptSchedule> found, ReadSchedules(session, schedule_id));
    if (found.empty()) return Status::Ok();
    found.front().stored.clear_arrivals_after();
    return WriteContent(session, found.front().stored);
  });
}

Result<std::vector<v1::Arrival>> ScheduleStore::PendingArrivals(const std::string& schedule_id) {
  std::vector<v1::Arrival> arrivals;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    std::string content;
    soci::statement select = (session.prepare << "SELECT content FROM reporting_arrivals WHERE schedule_id = :id AND "
                                                 "ended = 0 ORDER BY sequence",
                              use(schedule_id, "id"), into(content));
    FARRELL_ASSIGN_OR_RETURN(arrivals, ReadArrivals(select, content));
    return Status::Ok();
  }));
  return arrivals;
}

Result<std::vector<v1::Arrival>> ScheduleStore::ArrivalsOf(const std::string& schedule_id, int limit,
                                                           std::int64_t before) {
  std::vector<v1::Arrival> arrivals;
  const long long bound = before;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    std::string content;
    soci::statement select = (session.prepare << "SELECT content FROM reporting_arrivals WHERE schedule_id = :id AND "
                                                 "sequence < :before ORDER BY sequence DESC LIMIT :limit",
                              use(schedule_id, "id"), use(bound, "before"), use(limit, "limit"), into(content));
    FARRELL_ASSIGN_OR_RETURN(arrivals, ReadArrivals(select, content));
    return Status::Ok();
  }));
  return arrivals;
}

Result<std::int64_t> ScheduleStore::NewestArrival(const std::string& schedule_id) {
  long long newest = 0;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    session << "SELECT coalesce(max(sequence), 0) FROM reporting_arrivals WHERE schedule_id = :id",
        use(schedule_id, "id"), into(newest);
    return Status::Ok();
  }));
  return std::int64_t{newest};
}

Result<std::optional<Moment>> ScheduleStore::OldestPending() {
  std::optional<Moment> oldest;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    long long seen = 0;
    session << "SELECT coalesce(min(seen_ns), -1) FROM reporting_arrivals WHERE ended = 0", into(seen);
    oldest = seen < 0 ? std::nullopt : std::optional(MomentAt(seen));
    return Status::Ok();
  }));
  return oldest;
}

}  // namespace farrell::reporting
