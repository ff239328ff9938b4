#include "services/data/service/record_check.h"

#include <string>
#include <utility>

#include "services/data/service/event_rows.h"
#include "services/data/service/holdings.h"

namespace farrell::data {
namespace {

using soci::into;

class RecordCheck {
 public:
  RecordCheck(soci::session& session, sql::CheckReport& report) : session_(session), report_(report) {}

  // The database itself should have prevented it.
  void CheckReleases(bool projects) {
    const std::string releases =
        projects ? AllReleases() : "(SELECT '' AS project, dataset, name, snapshot FROM data_releases) r ";
    ForEach("SELECT project, dataset, name, snapshot FROM " + releases +
                "WHERE snapshot NOT IN (SELECT digest FROM data_snapshots) ORDER BY project, dataset, name",
            [&](const Row& row) { Found(ReleaseOf(row), "its snapshot " + row.more + " is gone"); });
  }

  void CheckEvents() {
    long long last = 0, count = 0;
    session_ << "SELECT COALESCE(MAX(sequence), 0), COUNT(*) FROM data_events", into(last), into(count);
    report_.checked += count;
    // Events stay for ever, and watchers go by their numbers.
    if (last != count) Found("events of datasets", "their numbers have gaps");
    ForEach("SELECT project, dataset, name, CAST(sequence AS TEXT) FROM data_events WHERE kind NOT BETWEEN " +
                std::to_string(static_cast<int>(EventKind::kArrived)) + " AND " +
                std::to_string(static_cast<int>(EventKind::kOpened)) + " ORDER BY sequence",
            [&](const Row& row) { Found("event " + row.more + " of " + DatasetOf(row), "it cannot be read"); });
    ForEach(
        "SELECT '', '', '', CAST(event AS TEXT) FROM data_event_periods WHERE event NOT IN (SELECT sequence FROM "
        "data_events) OR state NOT BETWEEN " +
            std::to_string(static_cast<int>(PeriodState::kOpen)) + " AND " +
            std::to_string(static_cast<int>(PeriodState::kFrozen)) + " GROUP BY event ORDER BY event",
        [&](const Row& row) { Found("periods of event " + row.more, "they cannot be read, or their event is gone"); });
    ForEach(
        "SELECT '', '', '', CAST(event AS TEXT) FROM data_event_periods GROUP BY event HAVING MIN(position) <> 0 OR "
        "MAX(position) <> COUNT(*) - 1 ORDER BY event",
        [&](const Row& row) { Found("periods of event " + row.more, "some are gone"); });
  }

  // One transaction makes a release, what it delivered and the event; another takes the first two and adds an event.
  void CheckArrivals() {
    const std::string arrived = std::to_string(static_cast<int>(EventKind::kArrived));
    const std::string withdrawn = std::to_string(static_cast<int>(EventKind::kWithdrawn));
    ForEach(
        "SELECT e.project, e.dataset, e.name, '' FROM data_events e JOIN (SELECT project, dataset, name, "
        "MAX(sequence) AS newest FROM data_events WHERE kind IN (" +
            arrived + ", " + withdrawn + ") GROUP BY project, dataset, name) n ON n.newest = e.sequence LEFT JOIN " +
            AllReleases() + "ON r.project = e.project AND r.dataset = e.dataset AND r.name = e.name WHERE e.kind = " +
            arrived + " AND r.name IS NULL ORDER BY e.project, e.dataset, e.name",
        [&](const Row& row) { Found(ReleaseOf(row), "it is gone, and no event withdraws it"); });
    // Programs of version 2 take a release and leave what is kept of its arrival; they make one without either.
    const std::string kept = "FROM data_arrivals a JOIN " + AllReleases() +
                             "ON r.project = a.project AND r.dataset = a.dataset AND r.name = a.name WHERE ";
    const std::string order = " ORDER BY a.project, a.dataset, a.name";
    ForEach("SELECT a.project, a.dataset, a.name, '' " + kept +
                "NOT EXISTS (SELECT 1 FROM data_events e WHERE e.project = a.project AND e.dataset = a.dataset AND "
                "e.name = a.name AND e.kind = " +
                arrived + ")" + order,
            [&](const Row& row) { Found(ReleaseOf(row), "the event of its arrival is gone"); });
    ForEach("SELECT a.project, a.dataset, a.name, a.delivered " + kept +
                "a.delivered NOT IN (SELECT digest FROM data_snapshots)" + order,
            [&](const Row& row) { Found(ReleaseOf(row), "the snapshot it delivered, " + row.more + ", is gone"); });
  }

  void CheckDeclarations() {
    ForEach(
        "SELECT project, dataset, CAST(kind AS TEXT), '' FROM data_expected GROUP BY project, dataset, kind HAVING "
        "MIN(position) <> 0 OR MAX(position) <> COUNT(*) - 1 OR kind NOT IN (1, 2) ORDER BY project, dataset, kind",
        [&](const Row& row) { Found("declarations of " + DatasetOf(row), "some of what is expected is gone"); });
  }

  void CheckViews() {
    ForEach(
        "SELECT v.project, v.dataset, '', v.id FROM data_views v LEFT JOIN data_view_releases m ON m.id = v.id "
        "GROUP BY v.project, v.dataset, v.id HAVING COUNT(m.name) = 0 OR MIN(m.position) <> 0 OR MAX(m.position) <> "
        "COUNT(m.name) - 1 ORDER BY v.id",
        [&](const Row& row) { Found("view " + row.more + " of " + DatasetOf(row), "some of its releases are gone"); });
  }

 private:
  struct Row {
    std::string project, dataset, release, more;
  };

  template <typename Take>
  void ForEach(const std::string& query, const Take& take) {
    Row row;
    soci::statement select =
        (session_.prepare << query, into(row.project), into(row.dataset), into(row.release), into(row.more));
    select.execute();
    while (select.fetch()) take(row);
  }

  static std::string DatasetOf(const Row& row) {
    return "dataset " + (row.project.empty() ? "" : row.project + "/") + row.dataset;
  }
  static std::string ReleaseOf(const Row& row) { return "release " + row.release + " of " + DatasetOf(row); }

  void Found(std::string place, std::string problem) {
    report_.damages.push_back({std::move(place), std::move(problem)});
  }

  soci::session& session_;
  sql::CheckReport& report_;
};

}  // namespace

void CheckRecords(soci::session& session, int version, sql::CheckReport& report) {
  constexpr int kProjects = 2, kArrivals = 3;
  RecordCheck check(session, report);
  check.CheckReleases(version >= kProjects);
  if (version < kArrivals) return;
  check.CheckEvents();
  check.CheckArrivals();
  check.CheckDeclarations();
  check.CheckViews();
}

}  // namespace farrell::data
