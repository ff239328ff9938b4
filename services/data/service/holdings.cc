#include "services/data/service/holdings.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "common/canonical/canonical.h"
#include "services/data/service/snapshot_rows.h"

namespace farrell::data {
namespace {

using access::DataAccess;
using access::DataName;
using soci::into;
using soci::use;

// Releases of all projects. A text, not a view: a view would be in the way of a restore.
const std::string kReleases =
    "(SELECT '' AS project, dataset, name, sequence, snapshot, embargo_until FROM data_releases UNION ALL"
    " SELECT project, dataset, name, sequence, snapshot, embargo_until FROM data_project_releases) r ";

// Before the id of a view, where a holding names a release. No pattern of a grant for some releases covers it, so that
// programs of version 2 open a view only to those who may read the whole dataset.
constexpr char kViewMark = '\x1f';

// A row of data_holdings.
struct Holding {
  std::string project;         // whose it is
  std::string source_project;  // whose data it was made of
  std::string dataset;         // empty: data without a name
  std::string release;         // or a view, behind its mark
  std::int64_t embargo_until = 0;
  std::vector<std::string> releases{};  // of the view, when read
  bool is_view() const { return !release.empty() && release.front() == kViewMark; }
};

access::Time TimeOf(std::int64_t seconds) { return access::Time(std::chrono::seconds(seconds)); }

bool IsOpen(const NamedRelease& release, const Viewpoint& view) {
  return view.caller.MayRead(release.name, TimeOf(release.embargo_until), TimeOf(view.now));
}

bool IsOpen(const Holding& holding, const Viewpoint& view) {
  if (!view.caller.MayReadUnnamed(holding.project)) return false;
  if (holding.dataset.empty()) return view.caller.MayReadUnnamed(holding.source_project);
  if (holding.is_view()) {
    // The embargo of the row is the last of theirs.
    return !holding.releases.empty() &&
           std::all_of(holding.releases.begin(), holding.releases.end(), [&](const std::string& release) {
             return IsOpen(NamedRelease{{holding.source_project, holding.dataset, release}, "", holding.embargo_until},
                           view);
           });
  }
  return IsOpen(NamedRelease{{holding.source_project, holding.dataset, holding.release}, "", holding.embargo_until},
                view);
}

std::vector<NamedRelease> ReleasesOfSnapshot(soci::session& session, const std::string& digest) {
  std::vector<NamedRelease> releases;
  NamedRelease row;
  row.snapshot = digest;
  long long embargo = 0;
  soci::statement select =
      (session.prepare << "SELECT project, dataset, name, embargo_until FROM " << kReleases
                       << "WHERE snapshot = :snapshot ORDER BY sequence",
       use(digest, "snapshot"), into(row.name.project), into(row.name.dataset), into(row.name.release), into(embargo));
  select.execute();
  while (select.fetch()) {
    row.embargo_until = embargo;
    releases.push_back(row);
  }
  return releases;
}

std::vector<std::string> ReleasesOfView(soci::session& session, const std::string& id) {
  std::vector<std::string> releases;
  std::string name;
  soci::statement select = (session.prepare << "SELECT name FROM data_view_releases WHERE id = :id ORDER BY position",
                            use(id, "id"), into(name));
  select.execute();
  while (select.fetch()) releases.push_back(name);
  return releases;
}

std::vector<Holding> RowsOf(soci::session& session, const std::string& digest) {
  std::vector<Holding> rows;
  Holding row;
  long long embargo = 0;
  soci::statement select =
      (session.prepare << "SELECT project, source_project, dataset, release, embargo_until FROM data_holdings"
                          " WHERE snapshot = :snapshot",
       use(digest, "snapshot"), into(row.project), into(row.source_project), into(row.dataset), into(row.release),
       into(embargo));
  select.execute();
  while (select.fetch()) {
    row.embargo_until = embargo;
    rows.push_back(row);
  }
  for (Holding& each : rows) {
    if (each.is_view()) each.releases = ReleasesOfView(session, each.release.substr(1));
  }
  return rows;
}

// All that holds a snapshot, also for one from before there were projects; nothing for one that is not there. Releases
// as the holdings of what would be derived from them.
struct Holdings {
  std::vector<NamedRelease> releases;
  std::vector<Holding> rows;
};

Holdings HoldingsOf(soci::session& session, const std::string& digest) {
  Holdings held{ReleasesOfSnapshot(session, digest), RowsOf(session, digest)};
  if (held.releases.empty() && held.rows.empty() && SnapshotExists(session, digest)) held.rows.emplace_back();
  return held;
}

void InsertHolding(soci::session& session, const std::string& digest, const Holding& holding) {
  int found = 0;
  session << "SELECT COUNT(*) FROM data_holdings WHERE snapshot = :snapshot AND project = :project AND"
             " source_project = :source AND dataset = :dataset AND release = :release",
      use(digest, "snapshot"), use(holding.project, "project"), use(holding.source_project, "source"),
      use(holding.dataset, "dataset"), use(holding.release, "release"), into(found);
  if (found > 0) return;
  const long long embargo = holding.embargo_until;
  session << "INSERT INTO data_holdings (snapshot, project, source_project, dataset, release, embargo_until)"
             " VALUES (:snapshot, :project, :source, :dataset, :release, :embargo)",
      use(digest, "snapshot"), use(holding.project, "project"), use(holding.source_project, "source"),
      use(holding.dataset, "dataset"), use(holding.release, "release"), use(embargo, "embargo");
}

// "UPDATE data_releases ... " where the release is.
std::string TableOf(const DataName& name) { return name.project.empty() ? "data_releases" : "data_project_releases"; }
std::string Where(const DataName& name) {
  return std::string(" WHERE dataset = :dataset AND name = :name AND ") +
         (name.project.empty() ? "'' = :project" : "project = :project");
}

Status ReleaseExists(const NamedRelease& held, const NamedRelease& wanted, const Viewpoint& view) {
  const bool other_data = !IsOpen(held, view) || held.snapshot != wanted.snapshot;
  Status exists(Code::kAlreadyExists, "RELEASE_EXISTS",
                "release " + wanted.name.release + " of dataset " + Written(wanted.name, view.caller) +
                    (other_data ? " exists with other data: choose another release name, or remove that one first"
                                : " exists with another embargo: move that with `farrell data embargo`"));
  if (IsOpen(held, view)) exists.With("snapshot_digest", held.snapshot);
  return exists;
}

// A release of the same data in the same project; empty name when there is none.
NamedRelease Successor(soci::session& session, const NamedRelease& release) {
  NamedRelease found;
  for (const NamedRelease& other : ReleasesOfSnapshot(session, release.snapshot)) {
    if (other.name.project == release.name.project) found = other;
  }
  return found;
}

// Ids of the views that a release is part of.
std::vector<std::string> ViewsWith(soci::session& session, const DataName& name) {
  std::vector<std::string> ids;
  std::string id;
  soci::statement select =
      (session.prepare << "SELECT v.id FROM data_views v JOIN data_view_releases m ON m.id = v.id WHERE v.project = "
                          ":project AND v.dataset = :dataset AND m.name = :name ORDER BY v.id",
       use(name.project, "project"), use(name.dataset, "dataset"), use(name.release, "name"), into(id));
  select.execute();
  while (select.fetch()) ids.push_back(id);
  return ids;
}

// The last embargo of a view's releases.
std::int64_t EmbargoOfView(soci::session& session, const DataName& dataset, const std::vector<std::string>& releases) {
  std::int64_t last = 0;
  for (const std::string& release : releases) {
    long long embargo = 0;
    session << "SELECT embargo_until FROM " << kReleases
            << "WHERE project = :project AND dataset = :dataset AND name = :name",
        use(dataset.project, "project"), use(dataset.dataset, "dataset"), use(release, "name"), into(embargo);
    if (session.got_data()) last = std::max<std::int64_t>(last, embargo);
  }
  return last;
}

// Views that the release was part of, and what holds something through them. The snapshots touched.
std::vector<std::string> RemoveViews(soci::session& session, const DataName& name) {
  std::vector<std::string> touched;
  for (const std::string& id : ViewsWith(session, name)) {
    const std::string marked = kViewMark + id;
    std::string snapshot;
    soci::statement select =
        (session.prepare << "SELECT DISTINCT snapshot FROM data_holdings WHERE source_project = :source AND dataset = "
                            ":dataset AND release = :release",
         use(name.project, "source"), use(name.dataset, "dataset"), use(marked, "release"), into(snapshot));
    select.execute();
    while (select.fetch()) touched.push_back(snapshot);
    session << "DELETE FROM data_holdings WHERE source_project = :source AND dataset = :dataset AND release = :release",
        use(name.project, "source"), use(name.dataset, "dataset"), use(marked, "release");
    session << "DELETE FROM data_views WHERE id = :id", use(id, "id");
  }
  return touched;
}

// What the release delivered is no longer held by it.
std::vector<std::string> RemoveDelivered(soci::session& session, const NamedRelease& release) {
  const DataName& name = release.name;
  std::string delivered;
  session << "SELECT delivered FROM data_arrivals WHERE project = :project AND dataset = :dataset AND name = :name",
      use(name.project, "project"), use(name.dataset, "dataset"), use(name.release, "name"), into(delivered);
  if (!session.got_data()) return {};
  session << "DELETE FROM data_arrivals WHERE project = :project AND dataset = :dataset AND name = :name",
      use(name.project, "project"), use(name.dataset, "dataset"), use(name.release, "name");
  if (delivered == release.snapshot) return {};
  session << "DELETE FROM data_holdings WHERE snapshot = :snapshot AND project = :project AND source_project = :source"
             " AND dataset = :dataset AND release = :release",
      use(delivered, "snapshot"), use(name.project, "project"), use(name.project, "source"),
      use(name.dataset, "dataset"), use(name.release, "release");
  return {delivered};
}

// What was derived from the release: its rows lead to the successor, or go.
std::vector<std::string> Unlink(soci::session& session, const NamedRelease& release, const NamedRelease& successor) {
  const DataName& name = release.name;
  std::vector<std::pair<std::string, std::string>> rows;
  std::string snapshot, project;
  soci::statement select = (session.prepare << "SELECT snapshot, project FROM data_holdings WHERE source_project = "
                                               ":source AND dataset = :dataset AND release = :release",
                            use(name.project, "source"), use(name.dataset, "dataset"), use(name.release, "release"),
                            into(snapshot), into(project));
  select.execute();
  while (select.fetch()) rows.emplace_back(snapshot, project);
  session << "DELETE FROM data_holdings WHERE source_project = :source AND dataset = :dataset AND release = :release",
      use(name.project, "source"), use(name.dataset, "dataset"), use(name.release, "release");
  std::vector<std::string> derived;
  for (const auto& [digest, owner] : rows) {
    derived.push_back(digest);
    if (successor.name.dataset.empty()) continue;
    InsertHolding(session, digest,
                  {owner, name.project, successor.name.dataset, successor.name.release, successor.embargo_until});
  }
  return derived;
}

// The snapshots of the list that nothing holds, and what programs of version 1 derived from them.
void RemoveUnheld(soci::session& session, std::vector<std::string> pending) {
  while (!pending.empty()) {
    const std::string digest = std::move(pending.back());
    pending.pop_back();
    if (!RowsOf(session, digest).empty() || !ReleasesOfSnapshot(session, digest).empty()) continue;
    std::string derived;
    soci::statement children =
        (session.prepare << "SELECT digest FROM data_snapshots WHERE base = :base", use(digest, "base"), into(derived));
    children.execute();
    while (children.fetch()) pending.push_back(derived);
    session << "DELETE FROM data_snapshots WHERE digest = :digest", use(digest, "digest");
    session << "DELETE FROM data_breaks WHERE snapshot = :digest", use(digest, "digest");
  }
  session << "DELETE FROM data_columns WHERE digest NOT IN (SELECT digest FROM data_snapshot_columns)";
}

}  // namespace

Viewpoint Viewpoint::Here() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return {DataAccess::OfCurrentCall(), std::chrono::duration_cast<std::chrono::seconds>(now).count()};
}

std::vector<DataName> Meanings(const std::string& dataset, const DataAccess& caller) {
  std::vector<DataName> meanings;
  const std::size_t slash = dataset.find('/');
  if (caller.everything() || slash == std::string::npos) meanings.push_back({caller.project(), dataset, ""});
  if (slash != std::string::npos) meanings.push_back({dataset.substr(0, slash), dataset.substr(slash + 1), ""});
  return meanings;
}

std::string Written(const DataName& name, const DataAccess& caller) {
  return name.project == caller.project() ? name.dataset : name.project + "/" + name.dataset;
}

bool MayRead(soci::session& session, const std::string& digest, const Viewpoint& view) {
  if (view.caller.everything()) return SnapshotExists(session, digest);
  const Holdings held = HoldingsOf(session, digest);
  const auto open = [&](const auto& one) { return IsOpen(one, view); };
  return std::any_of(held.releases.begin(), held.releases.end(), open) ||
         std::any_of(held.rows.begin(), held.rows.end(), open);
}

std::vector<NamedRelease> OpenReleases(soci::session& session, const DataName& dataset, const Viewpoint& view) {
  std::vector<NamedRelease> releases;
  NamedRelease row{.name = dataset, .snapshot = {}};
  long long embargo = 0;
  soci::statement select = (session.prepare << "SELECT name, snapshot, embargo_until FROM " << kReleases
                                            << "WHERE project = :project AND dataset = :dataset ORDER BY sequence",
                            use(dataset.project, "project"), use(dataset.dataset, "dataset"), into(row.name.release),
                            into(row.snapshot), into(embargo));
  select.execute();
  while (select.fetch()) {
    row.embargo_until = embargo;
    if (IsOpen(row, view)) releases.push_back(row);
  }
  return releases;
}

std::vector<DataName> OpenSources(soci::session& session, const std::string& digest, const Viewpoint& view) {
  const Holdings held = HoldingsOf(session, digest);
  std::vector<DataName> sources;
  const auto add = [&](const std::string& project, const std::string& dataset) {
    const bool known = std::any_of(sources.begin(), sources.end(), [&](const DataName& each) {
      return each.project == project && each.dataset == dataset;
    });
    if (!known) sources.push_back({project, dataset, ""});
  };
  for (const NamedRelease& release : held.releases) {
    if (IsOpen(release, view)) add(release.name.project, release.name.dataset);
  }
  for (const Holding& holding : held.rows) {
    if (IsOpen(holding, view)) add(holding.source_project, holding.dataset);
  }
  return sources;
}

std::vector<std::string> WithBases(soci::session& session, const std::string& digest) {
  std::vector<std::string> chain;
  for (std::string next = digest; !next.empty();) {
    chain.push_back(next);
    std::string base;
    session << "SELECT base FROM data_snapshots WHERE digest = :digest", use(chain.back(), "digest"), into(base);
    next = session.got_data() ? base : "";
  }
  return chain;
}

std::vector<DatasetKey> DatasetsAfter(soci::session& session, const DatasetKey& after, int limit) {
  std::vector<DatasetKey> keys;
  DatasetKey row;
  soci::statement select = (session.prepare << "SELECT DISTINCT project, dataset FROM " << kReleases
                                            << "WHERE project > :beyond OR (project = :project AND dataset > :dataset)"
                                               " ORDER BY project, dataset LIMIT :page",
                            use(after.project, "beyond"), use(after.project, "project"), use(after.dataset, "dataset"),
                            use(limit, "page"), into(row.project), into(row.dataset));
  select.execute();
  while (select.fetch()) keys.push_back(row);
  return keys;
}

Status AddRelease(soci::session& session, const NamedRelease& release, const Viewpoint& view) {
  const DataName& name = release.name;
  NamedRelease held{.name = name, .snapshot = {}};
  long long embargo = 0;
  session << "SELECT snapshot, embargo_until FROM " << TableOf(name) << Where(name), use(name.dataset, "dataset"),
      use(name.release, "name"), use(name.project, "project"), into(held.snapshot), into(embargo);
  if (session.got_data()) {
    held.embargo_until = embargo;
    const auto binding = [&](std::int64_t until) { return until > view.now ? until : 0; };
    const bool same = held.snapshot == release.snapshot && binding(embargo) == binding(release.embargo_until);
    return same && IsOpen(held, view) ? Status::Ok() : ReleaseExists(held, release, view);
  }
  long long sequence = 0;
  session << "SELECT COALESCE(MAX(sequence), 0) + 1 FROM " << kReleases, into(sequence);
  embargo = release.embargo_until;
  if (name.project.empty()) {
    session << "INSERT INTO data_releases (dataset, name, sequence, snapshot, embargo_until)"
               " VALUES (:dataset, :name, :sequence, :snapshot, :embargo)",
        use(name.dataset, "dataset"), use(name.release, "name"), use(sequence, "sequence"),
        use(release.snapshot, "snapshot"), use(embargo, "embargo");
  } else {
    session << "INSERT INTO data_project_releases (project, dataset, name, sequence, snapshot, embargo_until)"
               " VALUES (:project, :dataset, :name, :sequence, :snapshot, :embargo)",
        use(name.project, "project"), use(name.dataset, "dataset"), use(name.release, "name"),
        use(sequence, "sequence"), use(release.snapshot, "snapshot"), use(embargo, "embargo");
  }
  return Status::Ok();
}

void HoldUnnamed(soci::session& session, const std::string& digest, const std::string& project) {
  InsertHolding(session, digest, {project, project, "", ""});
}

Status HoldDerived(soci::session& session, const std::string& digest, const std::string& base, const Viewpoint& view) {
  const Holdings held = HoldingsOf(session, base);
  bool open = false;
  const auto hold = [&](const Holding& holding) {
    InsertHolding(session, digest, holding);
    open = true;
  };
  const std::string& owner = view.caller.project();
  for (const NamedRelease& release : held.releases) {
    if (!IsOpen(release, view)) continue;
    hold({owner, release.name.project, release.name.dataset, release.name.release, release.embargo_until});
  }
  for (Holding holding : held.rows) {
    if (!IsOpen(holding, view)) continue;
    holding.project = owner;
    hold(holding);
  }
  return open ? Status::Ok() : SnapshotNotFound(base);
}

const std::string& AllReleases() { return kReleases; }

std::string ViewId(const DataName& dataset, const std::vector<std::string>& releases) {
  canonical::Value::Array names(releases.begin(), releases.end());
  return canonical::Digest("farrell.view.v1", canonical::Value::Object{{"dataset", dataset.dataset},
                                                                       {"project", dataset.project},
                                                                       {"releases", std::move(names)}});
}

std::string KeptView(soci::session& session, const std::string& id) {
  std::string snapshot;
  session << "SELECT snapshot FROM data_views WHERE id = :id", use(id, "id"), into(snapshot);
  return session.got_data() ? snapshot : "";
}

void KeepView(soci::session& session, const DataName& dataset, const std::vector<std::string>& releases,
              const std::string& snapshot) {
  const std::string id = ViewId(dataset, releases);
  if (!KeptView(session, id).empty()) return;
  session << "INSERT INTO data_views (id, project, dataset, snapshot) VALUES (:id, :project, :dataset, :snapshot)",
      use(id, "id"), use(dataset.project, "project"), use(dataset.dataset, "dataset"), use(snapshot, "snapshot");
  for (std::size_t index = 0; index < releases.size(); ++index) {
    const int position = static_cast<int>(index);
    session << "INSERT INTO data_view_releases (id, position, name) VALUES (:id, :position, :name)", use(id, "id"),
        use(position, "position"), use(releases[index], "name");
  }
}

void HoldView(soci::session& session, const DataName& dataset, const std::vector<std::string>& releases,
              const std::string& snapshot, const std::string& project) {
  KeepView(session, dataset, releases, snapshot);
  InsertHolding(session, snapshot,
                {.project = project,
                 .source_project = dataset.project,
                 .dataset = dataset.dataset,
                 .release = kViewMark + ViewId(dataset, releases),
                 .embargo_until = EmbargoOfView(session, dataset, releases)});
}

void HoldDelivered(soci::session& session, const NamedRelease& release, const std::string& delivered) {
  const DataName& name = release.name;
  InsertHolding(session, delivered, {name.project, name.project, name.dataset, name.release, release.embargo_until});
}

void PointRelease(soci::session& session, const NamedRelease& release, const std::string& snapshot) {
  const DataName& name = release.name;
  session << "UPDATE " << TableOf(name) << " SET snapshot = :snapshot" << Where(name), use(snapshot, "snapshot"),
      use(name.dataset, "dataset"), use(name.release, "name"), use(name.project, "project");
  RemoveUnheld(session, {release.snapshot});
}

void MoveEmbargo(soci::session& session, const NamedRelease& release, std::int64_t embargo_until) {
  const DataName& name = release.name;
  const long long embargo = embargo_until;
  session << "UPDATE " << TableOf(name) << " SET embargo_until = :embargo" << Where(name), use(embargo, "embargo"),
      use(name.dataset, "dataset"), use(name.release, "name"), use(name.project, "project");
  session << "UPDATE data_holdings SET embargo_until = :embargo WHERE source_project = :source AND dataset = :dataset"
             " AND release = :release",
      use(embargo, "embargo"), use(name.project, "source"), use(name.dataset, "dataset"), use(name.release, "release");
  for (const std::string& id : ViewsWith(session, name)) {
    const std::string marked = kViewMark + id;
    const long long last = EmbargoOfView(session, name, ReleasesOfView(session, id));
    session << "UPDATE data_holdings SET embargo_until = :embargo WHERE source_project = :source AND dataset = :dataset"
               " AND release = :release",
        use(last, "embargo"), use(name.project, "source"), use(name.dataset, "dataset"), use(marked, "release");
  }
}

void RemoveRelease(soci::session& session, const NamedRelease& release) {
  const DataName& name = release.name;
  session << "DELETE FROM " << TableOf(name) << Where(name), use(name.dataset, "dataset"), use(name.release, "name"),
      use(name.project, "project");
  std::vector<std::string> touched = RemoveDelivered(session, release);
  for (std::string& digest : RemoveViews(session, name)) touched.push_back(std::move(digest));
  const NamedRelease successor = Successor(session, release);
  for (std::string& digest : Unlink(session, release, successor)) touched.push_back(std::move(digest));
  touched.push_back(release.snapshot);
  if (successor.name.dataset.empty()) {
    for (const std::string& digest : touched) {
      session << "DELETE FROM data_holdings WHERE snapshot = :snapshot AND project = :project AND source_project = "
                 ":source AND dataset = ''",
          use(digest, "snapshot"), use(name.project, "project"), use(name.project, "source");
    }
  }
  RemoveUnheld(session, std::move(touched));
}

std::int64_t ImportedBytes(soci::session& session, const std::string& project) {
  long long bytes = 0;
  session << "SELECT COALESCE(SUM(s.bytes), 0) FROM data_snapshots s WHERE s.digest IN (SELECT snapshot FROM "
          << kReleases
          << "WHERE project = :project UNION SELECT snapshot FROM data_holdings WHERE project = :owner AND"
             " source_project = :source AND dataset = '' AND snapshot NOT IN"
             " (SELECT digest FROM data_snapshots WHERE base <> ''))",
      use(project, "project"), use(project, "owner"), use(project, "source"), into(bytes);
  return bytes;
}

}  // namespace farrell::data
