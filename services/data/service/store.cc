#include "services/data/service/store.h"

#include <algorithm>
#include <utility>

#include "common/sql/migration.h"
#include "common/text/nearest.h"
#include "services/data/service/schema.h"
#include "services/data/service/snapshot_rows.h"

namespace farrell::data {
namespace {

using soci::into;
using soci::use;

// Makes the release, or confirms that it holds this snapshot already.
Status InsertRelease(soci::session& session, const Store::Name& name, const std::string& digest) {
  std::string held;
  session << "SELECT snapshot FROM data_releases WHERE dataset = :dataset AND name = :name",
      use(name.dataset, "dataset"), use(name.release, "name"), into(held);
  if (session.got_data()) {
    if (held == digest) return Status::Ok();
    return Status(Code::kAlreadyExists, "RELEASE_EXISTS",
                  "release " + name.release + " of dataset " + name.dataset +
                      " exists with other data: choose another release name, or remove that one first")
        .With("snapshot_digest", held);
  }
  long long sequence = 0;
  session << "SELECT COALESCE(MAX(sequence), 0) + 1 FROM data_releases", into(sequence);
  session
      << "INSERT INTO data_releases (dataset, name, sequence, snapshot) VALUES (:dataset, :name, :sequence, :snapshot)",
      use(name.dataset, "dataset"), use(name.release, "name"), use(sequence, "sequence"), use(digest, "snapshot");
  return Status::Ok();
}

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

}  // namespace

Store::Store(std::unique_ptr<sql::Database> database, StoreOptions options)
    : database_(std::move(database)), options_(options) {}

Result<std::unique_ptr<Store>> Store::Open(std::unique_ptr<sql::Database> database, StoreOptions options) {
  FARRELL_RETURN_IF_ERROR(sql::Migrate(*database, Schema().name, Schema().migrations));
  return std::unique_ptr<Store>(new Store(std::move(database), options));
}

Result<Store::Put> Store::Add(Table table, const SnapshotDigests& digests, const Name& name, const std::string& base) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->info = DescribeSnapshot(table, digests);
  snapshot->table = std::move(table);
  Put put;
  FARRELL_RETURN_IF_ERROR(sql::Write(*database_, [&](soci::session& session) -> Status {
    put.existed = SnapshotExists(session, digests.snapshot);
    if (!put.existed) InsertSnapshot(session, snapshot->table, snapshot->info, base);
    return name.dataset.empty() ? Status::Ok() : InsertRelease(session, name, digests.snapshot);
  }));
  Remember(snapshot);
  put.snapshot = std::move(snapshot);
  return put;
}

Result<SnapshotInfo> Store::Info(const std::string& digest) {
  SnapshotInfo info;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    FARRELL_ASSIGN_OR_RETURN(info, ReadSnapshotInfo(session, digest));
    return Status::Ok();
  }));
  return info;
}

Result<SnapshotPtr> Store::Load(const std::string& digest) {
  if (SnapshotPtr recent = Recall(digest)) {
    // Another process may have removed it.
    bool exists = false;
    FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
      exists = SnapshotExists(session, digest);
      return Status::Ok();
    }));
    if (exists) return recent;
    Forget(digest);
    return SnapshotNotFound(digest);
  }
  auto snapshot = std::make_shared<Snapshot>();
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    FARRELL_ASSIGN_OR_RETURN(*snapshot, ReadSnapshot(session, digest));
    return Status::Ok();
  }));
  Remember(snapshot);
  return SnapshotPtr(std::move(snapshot));
}

Result<ResolvedReference> Store::Resolve(const std::string& reference) {
  ResolvedReference resolved;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    resolved = {};
    // A dataset name may itself contain '@'; the last one separates the release.
    const std::size_t at = reference.rfind('@');
    const std::string dataset = reference.substr(0, at);
    const std::string release = at == std::string::npos ? "" : reference.substr(at + 1);
    const std::string statement =
        std::string("SELECT snapshot, name FROM data_releases WHERE dataset = :dataset AND ") +
        (at == std::string::npos ? "'' = :name" : "name = :name") + " ORDER BY sequence DESC LIMIT 1";
    session << statement, use(dataset, "dataset"), use(release, "name"), into(resolved.digest), into(resolved.release);
    if (session.got_data()) {
      resolved.dataset = dataset;
      return Status::Ok();
    }
    resolved = {};
    if (IsDigestPrefix(reference)) {
      std::vector<std::string> digests(2);
      const std::string pattern = reference + "%";
      session << "SELECT digest FROM data_snapshots WHERE digest LIKE :pattern ORDER BY digest LIMIT 2",
          use(pattern, "pattern"), into(digests);
      if (digests.size() > 1) {
        return InvalidArgument("DIGEST_AMBIGUOUS",
                               "more than one snapshot begins with " + reference + ": give more digits");
      }
      if (digests.size() == 1) {
        resolved.digest = digests[0];
        return Status::Ok();
      }
      return SnapshotNotFound(reference);
    }
    std::vector<std::string> names(1000);
    session << "SELECT DISTINCT dataset FROM data_releases ORDER BY dataset LIMIT 1000", into(names);
    if (std::find(names.begin(), names.end(), dataset) != names.end()) {
      std::vector<std::string> releases(1000);
      session << "SELECT name FROM data_releases WHERE dataset = :dataset ORDER BY sequence LIMIT 1000",
          use(dataset, "dataset"), into(releases);
      std::string known;
      for (const std::string& name : releases) known += (known.empty() ? "" : ", ") + name;
      return NotFound("RELEASE_NOT_FOUND", "dataset " + dataset + " has no release " + release + "; it has " + known)
          .With("dataset", dataset);
    }
    return NotFound("DATASET_NOT_FOUND", "no dataset is named " + dataset + text::DidYouMean(dataset, names))
        .With("dataset", dataset);
  }));
  return resolved;
}

Result<std::vector<StoredDataset>> Store::List(const std::string& after, int limit) {
  std::vector<StoredDataset> datasets;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    datasets.clear();
    std::string dataset;
    StoredRelease release;
    long long rows = 0;
    int synthetic = 0;
    soci::statement statement =
        (session.prepare << "SELECT r.dataset, r.name, r.snapshot, s.row_count, s.synthetic, s.known_at, s.source"
                            " FROM data_releases r JOIN data_snapshots s ON s.digest = r.snapshot WHERE r.dataset IN"
                            " (SELECT DISTINCT dataset FROM data_releases WHERE dataset > :after ORDER BY dataset"
                            " LIMIT :page) ORDER BY r.dataset, r.sequence",
         use(after, "after"), use(limit, "page"), into(dataset), into(release.name), into(release.snapshot_digest),
         into(rows), into(synthetic), into(release.known_at), into(release.source));
    statement.execute();
    while (statement.fetch()) {
      release.row_count = rows;
      release.synthetic = synthetic != 0;
      if (datasets.empty() || datasets.back().name != dataset) datasets.push_back({dataset, {}});
      datasets.back().releases.push_back(release);
    }
    return Status::Ok();
  }));
  return datasets;
}

Result<int> Store::Remove(const std::string& dataset, const std::string& release) {
  int removed = 0;
  FARRELL_RETURN_IF_ERROR(sql::Write(*database_, [&](soci::session& session) -> Status {
    removed = 0;
    struct Held {
      std::string release;
      std::string snapshot;
    };
    std::vector<Held> held;
    Held row;
    soci::statement select =
        (session.prepare << "SELECT name, snapshot FROM data_releases WHERE dataset = :dataset ORDER BY sequence",
         use(dataset, "dataset"), into(row.release), into(row.snapshot));
    select.execute();
    while (select.fetch()) held.push_back(row);
    if (held.empty()) return NotFound("DATASET_NOT_FOUND", "no dataset is named " + dataset).With("dataset", dataset);
    std::vector<std::string> pending;
    for (const Held& each : held) {
      if (!release.empty() && each.release != release) continue;
      session << "DELETE FROM data_releases WHERE dataset = :dataset AND name = :name", use(dataset, "dataset"),
          use(each.release, "name");
      pending.push_back(each.snapshot);
      ++removed;
    }
    if (removed == 0) {
      return NotFound("RELEASE_NOT_FOUND", "dataset " + dataset + " has no release " + release)
          .With("dataset", dataset);
    }
    while (!pending.empty()) {
      const std::string digest = std::move(pending.back());
      pending.pop_back();
      int uses = 0;
      session << "SELECT COUNT(*) FROM data_releases WHERE snapshot = :digest", use(digest, "digest"), into(uses);
      if (uses > 0) continue;
      std::string derived;
      soci::statement children = (session.prepare << "SELECT digest FROM data_snapshots WHERE base = :base",
                                  use(digest, "base"), into(derived));
      children.execute();
      while (children.fetch()) pending.push_back(derived);
      session << "DELETE FROM data_snapshots WHERE digest = :digest", use(digest, "digest");
    }
    session << "DELETE FROM data_columns WHERE digest NOT IN (SELECT digest FROM data_snapshot_columns)";
    return Status::Ok();
  }));
  return removed;
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
