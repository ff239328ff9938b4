// The runs of schedules: the part of ScheduleStore that says whose they are and how they end.
#include <limits>
#include <utility>

#include "common/sql/soci.h"
#include "common/sql/store_clock.h"
#include "common/text/time.h"
#include "services/reporting/service/schedule_store.h"
#include "services/reporting/service/stored_message.h"

namespace farrell::reporting {
namespace {

using schedule::Moment;
using soci::into;
using soci::use;

constexpr int kWaiting = v1::ScheduledRun::STATE_WAITING;
constexpr int kRunning = v1::ScheduledRun::STATE_RUNNING;

Status RunLost(const std::string& id) {
  return {Code::kAborted, "RUN_LOST", "the scheduled run " + id + " is in other hands, or has ended"};
}

struct Row {
  int state = 0;
  std::string owner;
  std::string cancelled_for;
  std::string content;
};

Result<std::optional<Row>> FindRow(soci::session& session, const std::string& id) {
  Row row;
  session << "SELECT state, owner, cancelled_for, content FROM reporting_scheduled WHERE id = :id", use(id, "id"),
      into(row.state), into(row.owner), into(row.cancelled_for), into(row.content);
  if (!session.got_data()) return std::optional<Row>();
  return std::optional(std::move(row));
}

// The row, which must be the owner's; without an owner: which must wait.
Result<Row> FindOwn(soci::session& session, const std::string& id, const Holder* owner) {
  FARRELL_ASSIGN_OR_RETURN(std::optional<Row> row, FindRow(session, id));
  const bool own =
      row && (owner == nullptr ? row->state == kWaiting : row->state == kRunning && row->owner == owner->name);
  if (!own) return RunLost(id);
  return std::move(*row);
}

void WriteRow(soci::session& session, const v1::ScheduledRun& run, const std::string& owner, long long not_before) {
  const int state = run.state();
  const std::string content = EncodeMessage(run);
  session << "UPDATE reporting_scheduled SET state = :state, owner = :owner, not_before_ns = :not_before, "
             "content = :content WHERE id = :id",
      use(state, "state"), use(owner, "owner"), use(not_before, "not_before"), use(content, "content"),
      use(run.id(), "id");
}

Moment NominalOf(const v1::ScheduledRun& run) {
  return std::chrono::floor<std::chrono::seconds>(text::ParseTime(run.nominal_time()).value_or(text::SystemTime()));
}

}  // namespace

Result<int> InsertScheduledWithin(soci::session& session, const std::vector<v1::ScheduledRun>& runs) {
  int added = 0;
  for (const v1::ScheduledRun& run : runs) {
    FARRELL_ASSIGN_OR_RETURN(const std::optional<Row> there, FindRow(session, run.id()));
    if (there) continue;
    const long long nominal = StoredMoment(NominalOf(run));
    const int state = run.state();
    const std::string content = EncodeMessage(run);
    session << "INSERT INTO reporting_scheduled (id, schedule_id, nominal_ns, state, not_before_ns, owner, host, "
               "process, alive_ns, cancelled_for, content) "
               "VALUES (:id, :schedule, :nominal, :state, 0, '', '', 0, 0, '', :content)",
        use(run.id(), "id"), use(run.schedule_id(), "schedule"), use(nominal, "nominal"), use(state, "state"),
        use(content, "content");
    ++added;
  }
  return added;
}

Result<int> ScheduleStore::AddRuns(const std::vector<v1::ScheduledRun>& runs) {
  int added = 0;
  FARRELL_RETURN_IF_ERROR(sql::Write(database_, [&](soci::session& session) -> Status {
    FARRELL_ASSIGN_OR_RETURN(added, InsertScheduledWithin(session, runs));
    return Status::Ok();
  }));
  return added;
}

Result<std::map<std::string, std::vector<OpenScheduled>>> ScheduleStore::OpenRuns() {
  std::map<std::string, std::vector<OpenScheduled>> open;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    open.clear();
    std::string schedule, content, cancelled_for;
    long long nominal = 0;
    long long not_before = 0;
    soci::statement select =
        (session.prepare << "SELECT schedule_id, nominal_ns, not_before_ns, cancelled_for, content FROM "
                            "reporting_scheduled WHERE state = :waiting OR state = :running ORDER BY nominal_ns, id",
         use(kWaiting, "waiting"), use(kRunning, "running"), into(schedule), into(nominal), into(not_before),
         into(cancelled_for), into(content));
    select.execute();
    while (select.fetch()) {
      FARRELL_ASSIGN_OR_RETURN(v1::ScheduledRun run, DecodeMessage<v1::ScheduledRun>(content, "scheduled run"));
      open[schedule].push_back({std::move(run), MomentAt(nominal), MomentAt(not_before), cancelled_for});
    }
    return Status::Ok();
  }));
  return open;
}

Result<std::optional<v1::ScheduledRun>> ScheduleStore::FindRun(const std::string& id) {
  std::optional<v1::ScheduledRun> found;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    found.reset();
    FARRELL_ASSIGN_OR_RETURN(const std::optional<Row> row, FindRow(session, id));
    if (!row) return Status::Ok();
    FARRELL_ASSIGN_OR_RETURN(found, DecodeMessage<v1::ScheduledRun>(row->content, "scheduled run"));
    return Status::Ok();
  }));
  return found;
}

Result<std::vector<v1::ScheduledRun>> ScheduleStore::RunsOf(const std::string& schedule_id, int limit) {
  std::vector<v1::ScheduledRun> runs;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    runs.clear();
    std::string content;
    soci::statement select = (session.prepare << "SELECT content FROM reporting_scheduled WHERE schedule_id = :id "
                                                 "ORDER BY nominal_ns DESC, id LIMIT :limit",
                              use(schedule_id, "id"), use(limit, "limit"), into(content));
    select.execute();
    while (select.fetch()) {
      FARRELL_ASSIGN_OR_RETURN(v1::ScheduledRun run, DecodeMessage<v1::ScheduledRun>(content, "scheduled run"));
      runs.push_back(std::move(run));
    }
    return Status::Ok();
  }));
  return runs;
}

Result<bool> ScheduleStore::Claim(const HeldLease& lease, const std::string& id, const Holder& owner) {
  bool claimed = false;
  FARRELL_RETURN_IF_ERROR(sql::Write(database_, [&](soci::session& session) -> Status {
    claimed = false;
    FARRELL_RETURN_IF_ERROR(CheckLease(session, lease));
    FARRELL_ASSIGN_OR_RETURN(const std::optional<Row> row, FindRow(session, id));
    if (!row || row->state != kWaiting) return Status::Ok();
    FARRELL_ASSIGN_OR_RETURN(v1::ScheduledRun run, DecodeMessage<v1::ScheduledRun>(row->content, "scheduled run"));
    run.set_state(v1::ScheduledRun::STATE_RUNNING);
    run.set_attempts(run.attempts() + 1);
    run.clear_not_before();
    run.clear_reason();
    WriteRow(session, run, owner.name, 0);
    const long long process = owner.process;
    const long long now = sql::StoreClock(session);
    session << "UPDATE reporting_scheduled SET host = :host, process = :process, alive_ns = :now WHERE id = :id",
        use(owner.host, "host"), use(process, "process"), use(now, "now"), use(id, "id");
    claimed = true;
    return Status::Ok();
  }));
  return claimed;
}

Result<std::optional<std::string>> ScheduleStore::ShowAlive(const std::string& id, const Holder& owner) {
  std::optional<std::string> ends_for;
  FARRELL_RETURN_IF_ERROR(sql::Write(database_, [&](soci::session& session) -> Status {
    FARRELL_ASSIGN_OR_RETURN(const Row row, FindOwn(session, id, &owner));
    ends_for = row.cancelled_for.empty() ? std::nullopt : std::optional(row.cancelled_for);
    const long long now = sql::StoreClock(session);
    session << "UPDATE reporting_scheduled SET alive_ns = :now WHERE id = :id", use(now, "now"), use(id, "id");
    return Status::Ok();
  }));
  return ends_for;
}

Status EndScheduledWithin(soci::session& session, const v1::ScheduledRun& run, const Holder* owner) {
  FARRELL_RETURN_IF_ERROR(FindOwn(session, run.id(), owner).status());
  WriteRow(session, run, "", 0);
  return Status::Ok();
}

Status ScheduleStore::End(const v1::ScheduledRun& run, const Holder* owner) {
  return sql::Write(database_,
                    [&](soci::session& session) -> Status { return EndScheduledWithin(session, run, owner); });
}

Status ScheduleStore::WaitAgain(const v1::ScheduledRun& run, const Holder& owner, Moment not_before) {
  return sql::Write(database_, [&](soci::session& session) -> Status {
    FARRELL_RETURN_IF_ERROR(FindOwn(session, run.id(), &owner).status());
    WriteRow(session, run, "", StoredMoment(not_before));
    return Status::Ok();
  });
}

Status ScheduleStore::Cancel(const std::string& id, const std::string& for_run) {
  return sql::Write(database_, [&](soci::session& session) -> Status {
    session << "UPDATE reporting_scheduled SET cancelled_for = :other WHERE id = :id AND state = :running",
        use(for_run, "other"), use(id, "id"), use(kRunning, "running");
    return Status::Ok();
  });
}

Result<int> ScheduleStore::TakeBackLost() {
  const auto find = [](soci::session& session) {
    const long long silent_since =
        sql::StoreClock(session) - std::chrono::duration_cast<std::chrono::nanoseconds>(kSilence).count();
    std::vector<std::string> lost;
    std::string id, host;
    long long process = 0;
    long long alive = 0;
    soci::statement select =
        (session.prepare << "SELECT id, host, process, alive_ns FROM reporting_scheduled WHERE state = :running",
         use(kRunning, "running"), into(id), into(host), into(process), into(alive));
    select.execute();
    while (select.fetch()) {
      if (alive < silent_since || HasEnded(host, process)) lost.push_back(id);
    }
    return lost;
  };
  std::vector<std::string> lost;
  FARRELL_RETURN_IF_ERROR(sql::Read(database_, [&](soci::session& session) -> Status {
    lost = find(session);
    return Status::Ok();
  }));
  if (lost.empty()) return 0;
  FARRELL_RETURN_IF_ERROR(sql::Write(database_, [&](soci::session& session) -> Status {
    lost = find(session);
    for (const std::string& id : lost) {
      FARRELL_ASSIGN_OR_RETURN(const std::optional<Row> row, FindRow(session, id));
      FARRELL_ASSIGN_OR_RETURN(v1::ScheduledRun run, DecodeMessage<v1::ScheduledRun>(row->content, "scheduled run"));
      run.set_state(v1::ScheduledRun::STATE_WAITING);
      run.set_reason("the server that had begun it has gone");
      WriteRow(session, run, "", 0);
    }
    return Status::Ok();
  }));
  return static_cast<int>(lost.size());
}

}  // namespace farrell::reporting
