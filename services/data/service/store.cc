#include "services/data/service/store.h"

#include <algorithm>
#include <utility>

#include "common/quota/ledger.h"
#include "common/sql/migration.h"
#include "common/text/nearest.h"
#include "services/data/service/arrival_rows.h"
#include "services/data/service/dataset_names.h"
#include "services/data/service/holdings.h"
#include "services/data/service/schema.h"
#include "services/data/service/snapshot_rows.h"

namespace farrell::data {
namespace {

using soci::into;
using soci::use;

using access::DataName;

std::size_t CellBytes(const Snapshot& snapshot) {
  std::size_t bytes = snapshot.table.row_count() * (sizeof(std::string) + 2 * sizeof(std::int64_t));
  for (const ColumnPtr& column : snapshot.table.columns) {
    bytes += column->numbers.size() * sizeof(double);
    for (const std::string& text : column->texts) bytes += sizeof(std::string) + text.capacity();
  }
  return bytes;
}

bool IsDigestPrefix(const std::string& text) {
  return text.size() >= 8 && text.size() <= 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

// The one open snapshot whose digest begins so.
Result<std::string> FindByPrefix(soci::session& session, const std::string& prefix, const Viewpoint& view) {
  std::vector<std::string> digests;
  std::string digest;
  const std::string pattern = prefix + "%";
  soci::statement select =
      (session.prepare << "SELECT digest FROM data_snapshots WHERE digest LIKE :pattern ORDER BY digest",
       use(pattern, "pattern"), into(digest));
  select.execute();
  while (select.fetch()) digests.push_back(digest);
  std::erase_if(digests, [&](const std::string& each) { return !MayRead(session, each, view); });
  if (digests.size() > 1) {
    return InvalidArgument("DIGEST_AMBIGUOUS", "more than one snapshot begins with " + prefix + ": give more digits");
  }
  if (digests.empty()) return SnapshotNotFound(prefix);
  return digests.front();
}

// A token is the name of the last dataset of the page before, behind its project and a tab if it has one.
DatasetKey KeyOf(const std::string& token) {
  const std::size_t tab = token.find('\t');
  if (tab == std::string::npos) return {"", token};
  return {token.substr(0, tab), token.substr(tab + 1)};
}
std::string TokenOf(const DatasetKey& key) {
  return key.project.empty() ? key.dataset : key.project + "\t" + key.dataset;
}

// With its open releases.
StoredDataset ReadDataset(soci::session& session, const DatasetKey& key, const Viewpoint& view) {
  const DataName name{key.project, key.dataset, ""};
  StoredDataset dataset{key.project, key.dataset, Written(name, view.caller), {}};
  std::map<std::string, Arrival> arrivals;
  for (Arrival& arrival : ArrivalsOf(session, name)) arrivals[arrival.release.name.release] = std::move(arrival);
  for (const NamedRelease& open : OpenReleases(session, name, view)) {
    StoredRelease& release = dataset.releases.emplace_back();
    release.name = open.name.release;
    release.snapshot_digest = open.snapshot;
    release.embargo_until = open.embargo_until > view.now ? open.embargo_until : 0;
    long long rows = 0;
    int synthetic = 0;
    session << "SELECT row_count, synthetic, known_at, source FROM data_snapshots WHERE digest = :digest",
        use(open.snapshot, "digest"), into(rows), into(synthetic), into(release.known_at), into(release.source);
    release.row_count = rows;
    release.synthetic = synthetic != 0;
    const Arrival& arrival = arrivals[open.name.release];
    release.update = arrival.update;
    release.source_digest = arrival.source_digest;
    release.recorded_at = arrival.recorded_at;
    if (arrival.update) release.known_at = arrival.known_at;
  }
  return dataset;
}

}  // namespace

Store::Store(std::unique_ptr<sql::Database> database, StoreOptions options)
    : database_(std::move(database)), options_(options) {}

Result<std::unique_ptr<Store>> Store::Open(std::unique_ptr<sql::Database> database, StoreOptions options) {
  FARRELL_RETURN_IF_ERROR(sql::Migrate(*database, Schema().name, Schema().migrations));
  return std::unique_ptr<Store>(new Store(std::move(database), options));
}

Result<Store::Put> Store::Add(Table table, const SnapshotDigests& digests, const Name& name, const std::string& base) {
  const Viewpoint view = Viewpoint::Here();
  NamedRelease release{.name = {view.caller.project(), "", ""}, .snapshot = digests.snapshot};
  if (!name.dataset.empty()) {
    release.name = Meanings(name.dataset, view.caller).front();
    release.name.release = name.release;
    release.embargo_until = name.embargo_until;
    if (!view.caller.MayWrite(release.name)) return NotWritable(release.name, view);
  }
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->info = DescribeSnapshot(table, digests);
  snapshot->table = std::move(table);
  Put put;
  const bool limited = base.empty() && view.caller.quota().storage_bytes > 0;
  FARRELL_RETURN_IF_ERROR(sql::Write(*database_, [&](soci::session& session) -> Status {
    const std::int64_t before = limited ? data::ImportedBytes(session, release.name.project) : 0;
    put = {};
    put.snapshot = snapshot;
    put.existed = MayRead(session, digests.snapshot, view);
    // What was derived without a change is its base.
    const bool derived = !base.empty();
    if (!SnapshotExists(session, digests.snapshot)) InsertSnapshot(session, snapshot->table, snapshot->info, base);
    if (derived && base == digests.snapshot) return put.existed ? Status::Ok() : SnapshotNotFound(base);
    if (derived) return HoldDerived(session, digests.snapshot, base, view);
    if (name.dataset.empty()) {
      HoldUnnamed(session, digests.snapshot, release.name.project);
      AddBreaks(session, {release.name.project, "", ""}, digests.snapshot, name.breaks);
    } else {
      FARRELL_RETURN_IF_ERROR(Arrive(session, view, release, name, put));
    }
    const std::int64_t after = limited ? data::ImportedBytes(session, release.name.project) : 0;
    const std::int64_t limit = view.caller.quota().storage_bytes;
    if (after <= before || after <= limit) return Status::Ok();
    return quota::Exceeded(view.caller.principal(), "storage_bytes", static_cast<double>(limit),
                           static_cast<double>(before), 0);
  }));
  Remember(put.snapshot);
  Ring();
  return put;
}

Result<SnapshotInfo> Store::Info(const std::string& digest) {
  SnapshotInfo info;
  const Viewpoint view = Viewpoint::Here();
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    if (!MayRead(session, digest, view)) return SnapshotNotFound(digest);
    FARRELL_ASSIGN_OR_RETURN(info, ReadSnapshotInfo(session, digest));
    return Status::Ok();
  }));
  return info;
}

Result<SnapshotPtr> Store::Load(const std::string& digest) {
  const Viewpoint view = Viewpoint::Here();
  SnapshotPtr snapshot = Recall(digest);
  const bool recalled = snapshot != nullptr;
  bool exists = false;
  // Also of what is at hand: another process may have removed it, and it may be closed to this caller.
  const Status read = sql::Read(*database_, [&](soci::session& session) -> Status {
    exists = SnapshotExists(session, digest);
    if (!MayRead(session, digest, view)) return SnapshotNotFound(digest);
    if (recalled) return Status::Ok();
    auto loaded = std::make_shared<Snapshot>();
    FARRELL_ASSIGN_OR_RETURN(*loaded, ReadSnapshot(session, digest));
    snapshot = std::move(loaded);
    return Status::Ok();
  });
  if (recalled && !read.ok() && !exists && read.reason() == "SNAPSHOT_NOT_FOUND") Forget(digest);
  FARRELL_RETURN_IF_ERROR(read);
  if (!recalled) Remember(snapshot);
  return snapshot;
}

Result<std::int64_t> Store::ImportedBytes(const std::string& project) {
  std::int64_t bytes = 0;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    bytes = data::ImportedBytes(session, project);
    return Status::Ok();
  }));
  return bytes;
}

Result<std::vector<std::string>> Store::Readable(const std::vector<std::string>& digests) {
  const Viewpoint view = Viewpoint::Here();
  std::vector<std::string> readable;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    readable.clear();
    for (const std::string& digest : digests) {
      if (MayRead(session, digest, view)) readable.push_back(digest);
    }
    return Status::Ok();
  }));
  return readable;
}

Result<ResolvedReference> Store::Resolve(const std::string& reference) {
  FARRELL_RETURN_IF_ERROR(AnnounceOpened());
  if (const std::size_t known = reference.rfind(kKnown); known != std::string::npos) {
    return ResolveKnown(reference.substr(0, known), reference.substr(known + kKnown.size()));
  }
  const Viewpoint view = Viewpoint::Here();
  ResolvedReference resolved;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    resolved = {};
    // No dataset has '@' in its name; a release may.
    const std::size_t at = reference.find('@');
    const std::string dataset = reference.substr(0, at);
    const std::string release = at == std::string::npos ? "" : reference.substr(at + 1);
    const Result<std::vector<NamedRelease>> found = FindReleases(session, dataset, release, view);
    if (found.ok()) {
      const NamedRelease& latest = found->back();
      resolved = {latest.snapshot, Written(latest.name, view.caller), latest.name.release, DatasetOf(latest)};
      return Status::Ok();
    }
    if (found.status().reason() == "RELEASE_NOT_FOUND") return found.status();
    if (IsDigestPrefix(reference)) {
      FARRELL_ASSIGN_OR_RETURN(resolved.digest, FindByPrefix(session, reference, view));
      return Status::Ok();
    }
    return DatasetNotFound(dataset, text::DidYouMean(dataset, OpenNames(session, view)));
  }));
  return resolved;
}

Result<Store::Page> Store::List(const std::string& after, int limit) {
  const Viewpoint view = Viewpoint::Here();
  const auto wanted = static_cast<std::size_t>(limit);
  Page page;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    page = {};
    DatasetKey last = KeyOf(after);
    // Those closed to the caller are passed over; one more than the page tells whether there is another.
    for (;;) {
      const std::vector<DatasetKey> keys = DatasetsAfter(session, last, limit + 1);
      for (const DatasetKey& key : keys) {
        StoredDataset dataset = ReadDataset(session, key, view);
        if (dataset.releases.empty()) continue;
        if (page.datasets.size() == wanted) {
          page.next = TokenOf({page.datasets.back().project, page.datasets.back().name});
          return Status::Ok();
        }
        page.datasets.push_back(std::move(dataset));
      }
      if (keys.size() <= wanted) return Status::Ok();
      last = keys.back();
    }
  }));
  return page;
}

void Store::Remember(const SnapshotPtr& snapshot) {
  const std::size_t bytes = CellBytes(*snapshot);
  if (bytes > options_.memory_bytes) return;
  const std::scoped_lock lock(mutex_);
  if (by_digest_.contains(snapshot->info.digest)) return;
  recent_.push_front(snapshot);
  by_digest_[snapshot->info.digest] = recent_.begin();
  recent_bytes_ += bytes;
  while (recent_bytes_ > options_.memory_bytes) {
    recent_bytes_ -= CellBytes(*recent_.back());
    by_digest_.erase(recent_.back()->info.digest);
    recent_.pop_back();
  }
}

SnapshotPtr Store::Recall(const std::string& digest) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_digest_.find(digest);
  if (found == by_digest_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return recent_.front();
}

void Store::Forget(const std::string& digest) {
  const std::scoped_lock lock(mutex_);
  const auto found = by_digest_.find(digest);
  if (found == by_digest_.end()) return;
  recent_bytes_ -= CellBytes(**found->second);
  recent_.erase(found->second);
  by_digest_.erase(found);
}

}  // namespace farrell::data
