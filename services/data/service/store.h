// What the data service keeps: columns by content, snapshots, datasets and their releases, in SQL.
//
// What is closed to the caller of the call under way is answered as if it were not there (holdings.h); outside of a
// call everything is open.
//
// A column is stored once under its digest, in (unit, time) order; a snapshot is a list of columns, keys, metadata and
// the permutation back to the file's row order. Columns are verified against their digest when read.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/sql/database.h"
#include "common/status/status.h"
#include "services/data/engine/digest.h"
#include "services/data/engine/table.h"
#include "services/data/service/arrival_rows.h"
#include "services/data/service/declaration_rows.h"
#include "services/data/service/event_rows.h"
#include "services/data/service/snapshot.h"
#include "services/data/service/vintages.h"

namespace farrell::data {

struct StoredRelease {
  std::string name;
  std::string snapshot_digest;
  std::int64_t row_count = 0;
  bool synthetic = false;
  std::string known_at;
  std::string source;
  std::int64_t embargo_until = 0;  // seconds since 1970; 0: not under embargo now
  bool update = false;
  std::string source_digest;
  std::int64_t recorded_at = 0;  // seconds since 1970; 0: not recorded
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
  access::DataName name{};       // of the dataset
  std::string newest_release{};  // of what was known on a day; otherwise empty
};

// What stands between the name of a dataset and the day on which it is looked at.
inline constexpr std::string_view kKnown = "@known:";

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
    bool update = false;             // the table is laid over what the dataset knew (vintages.h)
    std::string source_digest{};     // of what was sent
    std::vector<DeclaredBreak> breaks{};
  };
  struct Put {
    SnapshotPtr snapshot;              // of the release: for an update the whole after it
    bool existed = false;              // and was open to the caller
    std::vector<EventPeriod> changes;  // of a new release, to what the dataset knew
  };
  // Stores a table for the caller's project and, when named, as a release of a dataset: all or nothing. `base` is the
  // digest of the snapshot it was derived from, or empty. Errors: ALREADY_EXISTS, reason RELEASE_EXISTS, when the
  // release holds other data; PERMISSION_DENIED, reason PROJECT_NOT_WRITABLE; RESOURCE_EXHAUSTED, reason
  // QUOTA_EXCEEDED; of an update those of CheckUpdate.
  Result<Put> Add(Table table, const SnapshotDigests& digests, const Name& name, const std::string& base);

  // NOT_FOUND, reason SNAPSHOT_NOT_FOUND.
  Result<SnapshotInfo> Info(const std::string& digest);
  // With cells. DATA_LOSS, reason STORE_CORRUPT, when a column does not have its digest.
  Result<SnapshotPtr> Load(const std::string& digest);

  // "NAME", "NAME@RELEASE", "NAME@known:YYYY-MM-DD", a digest or a unique prefix of at least 8 digits; a dataset of
  // that name comes first. NOT_FOUND, reason DATASET_NOT_FOUND, RELEASE_NOT_FOUND, NOTHING_KNOWN or SNAPSHOT_NOT_FOUND;
  // INVALID_ARGUMENT, reason DIGEST_AMBIGUOUS or REFERENCE_INVALID.
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

  // Events after a sequence that are open to the caller, of one dataset or (empty) of all. OUT_OF_RANGE, reason
  // SEQUENCE_UNKNOWN.
  struct EventPage {
    std::vector<DatasetEvent> events;
    std::int64_t until = 0;  // there are no others up to here
    bool more = false;
  };
  Result<EventPage> Events(const std::string& dataset, std::int64_t after, int limit);
  // Waits until something may have happened, at most so long or until `stop` fires.
  void WaitForEvents(std::chrono::milliseconds longest, const std::stop_token& stop);

  struct DatasetStatus {
    ResolvedReference resolved;
    Declaration declared;
    std::set<std::int64_t> frozen;
  };
  // Errors of Resolve. A digest names no dataset: nothing is declared then.
  Result<DatasetStatus> StatusOf(const std::string& reference);
  // The sequence of the event; 0: nothing changed. PERMISSION_DENIED, reason PROJECT_NOT_WRITABLE.
  Result<std::int64_t> Declare(const std::string& dataset, const Declaration& declaration);
  struct Frozen {
    std::int64_t event = 0;  // 0: nothing changed
    std::set<std::int64_t> periods;
  };
  // INVALID_ARGUMENT, reason PERIODS_INVALID, naming periods that the dataset does not have.
  Result<Frozen> Freeze(const std::string& dataset, const std::vector<std::int64_t>& periods, bool thaw);

  struct Delivered {
    Arrival arrival;
    SnapshotPtr snapshot;  // what it delivered
  };
  // Of the open releases of a dataset, in the order in which they were known.
  Result<std::vector<Delivered>> Deliveries(const std::string& dataset);

  // Breaks declared for what the caller reads the snapshot from: its datasets, and the project's own without a name.
  Result<std::vector<DeclaredBreak>> BreaksOf(const std::string& digest);

 private:
  Store(std::unique_ptr<sql::Database> database, StoreOptions options);
  void Remember(const SnapshotPtr& snapshot);
  SnapshotPtr Recall(const std::string& digest);
  void Forget(const std::string& digest);
  SnapshotLoader Loader();
  void Ring();

  Result<ResolvedReference> ResolveKnown(const std::string& dataset, const std::string& day);
  // Makes the release of what `put` delivers, and its event.
  Status Arrive(soci::session& session, const Viewpoint& view, NamedRelease release, const Name& name, Put& put);
  // Tells of embargoes that have ended, and lays updates again over what they may show now.
  Status AnnounceOpened();

  std::unique_ptr<sql::Database> database_;
  StoreOptions options_;
  std::mutex mutex_;
  std::list<SnapshotPtr> recent_;  // most recently used first
  std::map<std::string, std::list<SnapshotPtr>::iterator> by_digest_;
  std::size_t recent_bytes_ = 0;

  std::mutex bell_mutex_;
  std::condition_variable_any bell_;
  std::uint64_t rings_ = 0;
};

}  // namespace farrell::data
