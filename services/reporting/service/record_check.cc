#include "services/reporting/service/record_check.h"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/backup/table_rows.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/store_schema.h"
#include "services/reporting/service/stored_message.h"

namespace farrell::reporting {
namespace {

using nlohmann::json;
using soci::into;
using soci::use;

// A row by the names of its columns.
class Record {
 public:
  Record(const std::vector<sql::StoredColumn>& columns, const json& row) {
    for (std::size_t i = 0; i < columns.size(); ++i) cells_[columns[i].name] = &row[i];
  }
  std::string Text(const std::string& column) const { return cells_.at(column)->get<std::string>(); }
  std::int64_t Whole(const std::string& column) const { return cells_.at(column)->get<std::int64_t>(); }

 private:
  std::map<std::string, const json*> cells_;
};

// What a table keeps a row of.
struct RecordKind {
  std::string table;
  std::function<std::string(const Record&)> place;
  // The content is readable, and of this row.
  std::function<bool(const Record&)> sound;
};

template <typename Message>
std::function<bool(const Record&)> Says(bool (*same)(const Message&, const Record&)) {
  return [same](const Record& row) {
    const Result<Message> message = DecodeMessage<Message>(row.Text("content"), "record");
    return message.ok() && same(*message, row);
  };
}

std::vector<RecordKind> RecordKinds() {
  return {
      {"reporting_schedules", [](const Record& row) { return "schedule " + row.Text("name"); },
       Says<v1::StoredSchedule>([](const v1::StoredSchedule& stored, const Record& row) {
         return stored.id() == row.Text("id") && stored.project() == row.Text("project") &&
                stored.schedule().name() == row.Text("name");
       })},
      {"reporting_scheduled", [](const Record& row) { return "scheduled run " + row.Text("id"); },
       Says<v1::ScheduledRun>([](const v1::ScheduledRun& run, const Record& row) {
         return run.id() == row.Text("id") && run.schedule_id() == row.Text("schedule_id") &&
                run.state() == row.Whole("state");
       })},
      {"reporting_arrivals",
       [](const Record& row) {
         return "event " + std::to_string(row.Whole("sequence")) + " of schedule " + row.Text("schedule_id");
       },
       Says<v1::Arrival>(
           [](const v1::Arrival& arrival, const Record& row) { return arrival.sequence() == row.Whole("sequence"); })},
      {"reporting_publications",
       [](const Record& row) {
         return "publication " + std::to_string(row.Whole("sequence")) + " of study " + row.Text("study_id");
       },
       Says<v1::Publication>([](const v1::Publication& publication, const Record& row) {
         return publication.sequence() == row.Whole("sequence") && publication.run_id() == row.Text("run_id") &&
                publication.study_id() == row.Text("study_id") && publication.project() == row.Text("project");
       })},
      {"reporting_notifications", [](const Record& row) { return "message " + row.Text("id"); },
       Says<v1::Notification>([](const v1::Notification& notification, const Record& row) {
         return notification.id() == row.Text("id") && notification.state() == row.Whole("state");
       })},
      {"reporting_run_events",
       [](const Record& row) {
         return "event " + std::to_string(row.Whole("sequence")) + " of run " + row.Text("run_id");
       },
       Says<v1::RunEvent>(
           [](const v1::RunEvent& event, const Record& row) { return event.sequence() == row.Whole("sequence"); })},
  };
}

class RecordCheck {
 public:
  RecordCheck(soci::session& session, int version, sql::CheckReport& report)
      : session_(session), version_(version), report_(report) {}

  Status Check() {
    constexpr int kHolds = 3, kSchedules = 4;
    Referrers("SELECT id FROM reporting_runs WHERE state = " + std::to_string(v1::Run::STATE_SUCCEEDED) +
                  " AND id NOT IN (SELECT run_id FROM reporting_files) ORDER BY id",
              "run ", "its report is gone");
    OfRuns("reporting_files", "report");
    if (version_ >= kHolds) {
      OfRuns("reporting_bundles", "bundle");
      OfRuns("reporting_holds", "hold");
    }
    if (version_ < kSchedules) return Status::Ok();
    OfRuns("reporting_run_events", "events");
    for (const RecordKind& kind : RecordKinds()) FARRELL_RETURN_IF_ERROR(CheckMessages(kind));
    CheckNumbers();
    CheckReferences();
    return Status::Ok();
  }

 private:
  Status CheckMessages(const RecordKind& kind) {
    for (const sql::StoredTable& table : Schema().tables) {
      if (table.name != kind.table) continue;
      const std::vector<sql::StoredColumn> columns = backup::ColumnsAt(table, version_);
      FARRELL_RETURN_IF_ERROR(backup::ReadRows(session_, table, columns, [&](const json& cells) {
        ++report_.checked;
        const Record row(columns, cells);
        if (!kind.sound(row)) Found(kind.place(row), "it cannot be read, or is not what its row says");
        return Status::Ok();
      }));
    }
    return Status::Ok();
  }

  // Events of a run are numbered from 1, and go with it; publications of the store likewise, and stay.
  void CheckNumbers() {
    Referrers(
        "SELECT run_id FROM reporting_run_events GROUP BY run_id HAVING max(sequence) <> count(*) OR "
        "min(sequence) <> 1 ORDER BY run_id",
        "events of run ", "their numbers have gaps");
    long long last = 0, count = 0;
    session_ << "SELECT coalesce(max(sequence), 0), count(*) FROM reporting_publications", into(last), into(count);
    if (last != count) Found("publications", "their numbers have gaps");
  }

  void CheckReferences() {
    Referrers(
        "SELECT CAST(sequence AS TEXT) FROM reporting_publications WHERE run_id NOT IN (SELECT id FROM "
        "reporting_runs) AND run_id NOT IN (SELECT run_id FROM reporting_removals) ORDER BY sequence",
        "publication ", "its run is gone");
    Referrers(
        "SELECT DISTINCT schedule_id FROM reporting_arrivals WHERE schedule_id NOT IN (SELECT id FROM "
        "reporting_schedules) ORDER BY schedule_id",
        "events of schedule ", "their schedule is gone");
    // Who removes a schedule leaves the runs that have ended; one under way ends soon, and waits again at most until
    // somebody looks.
    const std::string open =
        std::to_string(v1::ScheduledRun::STATE_WAITING) + ", " + std::to_string(v1::ScheduledRun::STATE_RUNNING);
    Referrers("SELECT id FROM reporting_scheduled WHERE state IN (" + open +
                  ") AND cancelled_for <> 'removed' AND schedule_id NOT IN (SELECT id FROM reporting_schedules) ORDER "
                  "BY id",
              "scheduled run ", "its schedule is gone");
    CheckNotifications();
    CheckPublished();
  }

  void CheckNotifications() {
    for (const auto& [id, content] : Pairs("SELECT id, content FROM reporting_notifications ORDER BY id")) {
      const Result<v1::Notification> message = DecodeMessage<v1::Notification>(content, "message");
      if (!message.ok()) continue;  // told above
      const long long sequence = message->publication_sequence();
      long long there = 0;
      session_ << "SELECT count(*) FROM reporting_publications WHERE sequence = :sequence", use(sequence, "sequence"),
          into(there);
      if (there == 0) Found("message " + id, "its publication " + std::to_string(sequence) + " is gone");
    }
  }

  // One transaction publishes a scheduled run and ends it.
  void CheckPublished() {
    for (const auto& [id, content] : Pairs("SELECT id, content FROM reporting_scheduled WHERE state = " +
                                           std::to_string(v1::ScheduledRun::STATE_PUBLISHED) + " ORDER BY id")) {
      const Result<v1::ScheduledRun> run = DecodeMessage<v1::ScheduledRun>(content, "scheduled run");
      if (!run.ok()) continue;
      long long there = 0;
      session_ << "SELECT count(*) FROM reporting_publications WHERE run_id = :run", use(run->run_id(), "run"),
          into(there);
      if (there == 0) Found("scheduled run " + id, "its publication is gone");
    }
  }

  // What goes with a run.
  void OfRuns(const std::string& table, const std::string& what) {
    Referrers(
        "SELECT DISTINCT run_id FROM " + table + " WHERE run_id NOT IN (SELECT id FROM reporting_runs) ORDER BY run_id",
        what + " of run ", "the run is gone");
  }

  void Referrers(const std::string& query, const std::string& place, const std::string& problem) {
    std::string name;
    soci::statement select = (session_.prepare << query, into(name));
    select.execute();
    while (select.fetch()) Found(place + name, problem);
  }

  std::vector<std::pair<std::string, std::string>> Pairs(const std::string& query) {
    std::vector<std::pair<std::string, std::string>> pairs;
    std::string first, second;
    soci::statement select = (session_.prepare << query, into(first), into(second));
    select.execute();
    while (select.fetch()) pairs.emplace_back(first, second);
    return pairs;
  }

  void Found(std::string place, std::string problem) {
    report_.damages.push_back({std::move(place), std::move(problem)});
  }

  soci::session& session_;
  const int version_;
  sql::CheckReport& report_;
};

}  // namespace

Status CheckRecords(soci::session& session, int version, sql::CheckReport& report) {
  return RecordCheck(session, version, report).Check();
}

}  // namespace farrell::reporting
