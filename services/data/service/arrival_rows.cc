#include "services/data/service/arrival_rows.h"

#include <algorithm>
#include <tuple>

namespace farrell::data {
namespace {

using access::DataName;
using soci::into;
using soci::use;

// A row of a query for releases with what is known of their arrival.
struct Row {
  Arrival arrival;
  long long embargo = 0;
  long long sequence = 0;
  long long recorded = 0;
  int update = 0;

  Arrival Take() const {
    Arrival made = arrival;
    made.release.embargo_until = embargo;
    made.sequence = sequence;
    made.recorded_at = recorded;
    made.update = update != 0;
    return made;
  }
};

const std::string kColumns =
    "SELECT r.project, r.dataset, r.name, r.sequence, r.snapshot, r.embargo_until, COALESCE(a.known_at, s.known_at),"
    " COALESCE(a.recorded_at, 0), COALESCE(a.source_digest, ''), COALESCE(a.is_update, 0),"
    " COALESCE(a.delivered, r.snapshot) FROM ";
const std::string kJoin =
    "LEFT JOIN data_arrivals a ON a.project = r.project AND a.dataset = r.dataset AND a.name = r.name"
    " JOIN data_snapshots s ON s.digest = r.snapshot ";

}  // namespace

std::vector<Arrival> ArrivalsOf(soci::session& session, const DataName& dataset) {
  std::vector<Arrival> arrivals;
  Row row;
  NamedRelease& release = row.arrival.release;
  soci::statement select =
      (session.prepare << kColumns << AllReleases() << kJoin << "WHERE r.project = :project AND r.dataset = :dataset",
       use(dataset.project, "project"), use(dataset.dataset, "dataset"), into(release.name.project),
       into(release.name.dataset), into(release.name.release), into(row.sequence), into(release.snapshot),
       into(row.embargo), into(row.arrival.known_at), into(row.recorded), into(row.arrival.source_digest),
       into(row.update), into(row.arrival.delivered));
  select.execute();
  while (select.fetch()) arrivals.push_back(row.Take());
  std::sort(arrivals.begin(), arrivals.end(), [](const Arrival& a, const Arrival& b) {
    return std::tie(a.known_at, a.sequence) < std::tie(b.known_at, b.sequence);
  });
  return arrivals;
}

void InsertArrival(soci::session& session, const Arrival& arrival, bool announced) {
  const DataName& name = arrival.release.name;
  const long long recorded = arrival.recorded_at;
  const int update = arrival.update ? 1 : 0;
  const int told = announced ? 1 : 0;
  // Programs of schema version 2 remove a release and leave this.
  session << "DELETE FROM data_arrivals WHERE project = :project AND dataset = :dataset AND name = :name",
      use(name.project, "project"), use(name.dataset, "dataset"), use(name.release, "name");
  session << "INSERT INTO data_arrivals (project, dataset, name, known_at, recorded_at, source_digest, is_update,"
             " announced, delivered) VALUES (:project, :dataset, :name, :known_at, :recorded_at, :source_digest,"
             " :is_update, :announced, :delivered)",
      use(name.project, "project"), use(name.dataset, "dataset"), use(name.release, "name"),
      use(arrival.known_at, "known_at"), use(recorded, "recorded_at"), use(arrival.source_digest, "source_digest"),
      use(update, "is_update"), use(told, "announced"), use(arrival.delivered, "delivered");
}

std::vector<Arrival> Unannounced(soci::session& session, std::int64_t now) {
  std::vector<Arrival> arrivals;
  Row row;
  NamedRelease& release = row.arrival.release;
  const long long before = now;
  soci::statement select =
      (session.prepare << kColumns << AllReleases() << kJoin
                       << "WHERE a.announced = 0 AND r.embargo_until <= :now ORDER BY r.sequence",
       use(before, "now"), into(release.name.project), into(release.name.dataset), into(release.name.release),
       into(row.sequence), into(release.snapshot), into(row.embargo), into(row.arrival.known_at), into(row.recorded),
       into(row.arrival.source_digest), into(row.update), into(row.arrival.delivered));
  select.execute();
  while (select.fetch()) arrivals.push_back(row.Take());
  return arrivals;
}

void SetAnnounced(soci::session& session, const DataName& release, bool announced) {
  const int told = announced ? 1 : 0;
  session
      << "UPDATE data_arrivals SET announced = :announced WHERE project = :project AND dataset = :dataset AND name ="
         " :name",
      use(told, "announced"), use(release.project, "project"), use(release.dataset, "dataset"),
      use(release.release, "name");
}

}  // namespace farrell::data
