// What the data service keeps: columns by content, snapshots, datasets and their releases, in SQL.
//
// What is closed to the caller of the call under way is answered as if it were not there (holdings.h); outside of a
// call everything is open.
//
// A column is stored once under its digest, in (unit, time) order; a snapshot is a list of columns, keys, metadata and
// the permutation back to the file's row order. Columns are verified against their digest when read.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/sql/database.h"
#include "common/status/status.h"
#include "services/data/engine/digest.h"
#include "services/data/engine/table.h"
#include "services/data/service/snapshot.h"

namespace farrell::data {

struct StoredRelease {
  std::string name;
  std::string snapshot_digest;
  std::int64_t row_count = 0;
  bool synthetic = false;
  std::string known_at;
  std::string source;
  std::int64_t embargo_until = 0;  // seconds since 1970; 0: not under embargo now
};

struct StoredDataset {
  std::string project;
  std::string name;                     // without its project
  std::string written;                  // as the caller writes it
  std::vector<StoredRelease> releases;  // in order of import
};

struct ResolvedReference {
  std::string digest;
  std::string dataset;  // empty when a digest was named
  std::string release;
};

struct StoreOptions {
  // Decoded snapshots kept in memory, in bytes of cells. 0 keeps none.
  std::size_t memory_bytes = std::size_t{512} * 1024 * 1024;
};

// Thread-safe; several processes may use one database.
class Store {
 public:
  static Result<std::unique_ptr<Store>> Open(std::unique_ptr<sql::Database> database, StoreOptions options = {});

  struct Name {
    std::string dataset{};  // as the caller writes it; empty: no release is made
    std::string release{};
    std::int64_t embargo_until = 0;  // seconds since 1970
  };
  struct Put {
    SnapshotPtr snapshot;
    bool existed = false;  // and was open to the caller
  };
  // Stores a table for the caller's project and, when named, as a release of a dataset: all or nothing. `base` is the
  // digest of the snapshot it was derived from, or empty. Errors: ALREADY_EXISTS, reason RELEASE_EXISTS, when the
  // release holds other data; PERMISSION_DENIED, reason PROJECT_NOT_WRITABLE; RESOURCE_EXHAUSTED, reason
  // QUOTA_EXCEEDED.
  Result<Put> Add(Table table, const SnapshotDigests& digests, const Name& name, const std::string& base);

  // NOT_FOUND, reason SNAPSHOT_NOT_FOUND.
  Result<SnapshotInfo> Info(const std::string& digest);
  // With cells. DATA_LOSS, reason STORE_CORRUPT, when a column does not have its digest.
  Result<SnapshotPtr> Load(const std::string& digest);

  // "NAME", "NAME@RELEASE", a digest or a unique prefix of at least 8 digits; a dataset of that name comes first.
  // NOT_FOUND, reason DATASET_NOT_FOUND, RELEASE_NOT_FOUND or SNAPSHOT_NOT_FOUND; INVALID_ARGUMENT, reason
  // DIGEST_AMBIGUOUS.
  Result<ResolvedReference> Resolve(const std::string& reference);

  struct Page {
    std::vector<StoredDataset> datasets;
    std::string next;  // names the last one; empty: there are no more
  };
  // At most `limit` datasets after the page that gave `after` (empty: from the first), by project and name.
  Result<Page> List(const std::string& after, int limit);

  // Cells in bytes that a project has imported.
  Result<std::int64_t> ImportedBytes(const std::string& project);

  // Which of the snapshots may be read, in their order.
  Result<std::vector<std::string>> Readable(const std::vector<std::string>& digests);

  struct Embargo {
    std::int64_t before = 0;  // seconds since 1970; 0: none
    std::int64_t until = 0;
  };
  // Moves the embargo of a release, also of what was derived from it. Errors as of Remove.
  Result<Embargo> SetEmbargo(const std::string& dataset, const std::string& release, std::int64_t until);

  // Removes a release, or all of them when `release` is empty; then the snapshots that no release uses any more, those
  // derived from them, and columns that no snapshot uses. Returns the number of releases removed.
  // NOT_FOUND, reason DATASET_NOT_FOUND or RELEASE_NOT_FOUND; PERMISSION_DENIED, reason PROJECT_NOT_WRITABLE.
  Result<int> Remove(const std::string& dataset, const std::string& release);

 private:
  Store(std::unique_ptr<sql::Database> database, StoreOptions options);
  void Remember(const SnapshotPtr& snapshot);
  SnapshotPtr Recall(const std::string& digest);
  void Forget(const std::string& digest);

  std::unique_ptr<sql::Database> database_;
  StoreOptions options_;
  std::mutex mutex_;
  std::list<SnapshotPtr> recent_;  // most recently used first
  std::map<std::string, std::list<SnapshotPtr>::iterator> by_digest_;
  std::size_t recent_bytes_ = 0;
};

}  // namespace farrell::data
