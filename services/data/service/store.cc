#include "services/data/service/store.h"

#include <algorithm>
#include <utility>

#include "common/sql/blob_text.h"
#include "common/text/nearest.h"
#include "services/data/engine/keys.h"
#include "services/data/service/column_bytes.h"
#include "services/data/service/schema.h"

namespace farrell::data {
namespace {

using soci::into;
using soci::use;

Status SnapshotNotFound(const std::string& digest) {
  return NotFound("SNAPSHOT_NOT_FOUND", "no snapshot has the digest " + digest + ": import the data again")
      .With("snapshot_digest", digest);
}

bool Exists(soci::session& session, const std::string& digest) {
  int found = 0;
  session << "SELECT COUNT(*) FROM data_snapshots WHERE digest = :digest", use(digest, "digest"), into(found);
  return found > 0;
}

void InsertColumn(soci::session& session, const Column& column, const ColumnInfo& info,
                  const std::vector<std::size_t>& order) {
  int found = 0;
  session << "SELECT COUNT(*) FROM data_columns WHERE digest = :digest", use(info.digest, "digest"), into(found);
  if (found > 0) return;
  const std::string body = sql::EncodeBlob(EncodeCells(column, order));
  session << "INSERT INTO data_columns (digest, body) VALUES (:digest, :body)", use(info.digest, "digest"),
      use(body, "body");
}

void InsertSnapshot(soci::session& session, const Table& table, const SnapshotInfo& info, const std::string& base) {
  const std::string order = sql::EncodeBlob(EncodeOrder(table.keys->order));
  const long long row_count = info.row_count;
  const long long unit_count = info.unit_count;
  const long long first_line = info.first_line;
  const int synthetic = info.synthetic ? 1 : 0;
  session
      << "INSERT INTO data_snapshots (digest, unit_key, time_key, row_count, unit_count, synthetic, known_at, source,"
         " first_line, row_order, base) VALUES (:digest, :unit_key, :time_key, :row_count, :unit_count, :synthetic,"
         " :known_at, :source, :first_line, :row_order, :base)",
      use(info.digest, "digest"), use(info.unit_key, "unit_key"), use(info.time_key, "time_key"),
      use(row_count, "row_count"), use(unit_count, "unit_count"), use(synthetic, "synthetic"),
      use(info.known_at, "known_at"), use(info.source, "source"), use(first_line, "first_line"),
      use(order, "row_order"), use(base, "base");
  for (std::size_t index = 0; index < info.columns.size(); ++index) {
    const ColumnInfo& column = info.columns[index];
    InsertColumn(session, *table.columns[index], column, table.keys->order);
    const int position = static_cast<int>(index);
    const int is_text = column.is_text ? 1 : 0;
    const long long missing_count = column.missing_count;
    session
        << "INSERT INTO data_snapshot_columns (snapshot, position, name, is_text, digest, missing_count, label, unit,"
           " source, expression) VALUES (:snapshot, :position, :name, :is_text, :digest, :missing_count, :label, :unit,"
           " :source, :expression)",
        use(info.digest, "snapshot"), use(position, "position"), use(column.name, "name"), use(is_text, "is_text"),
        use(column.digest, "digest"), use(missing_count, "missing_count"), use(column.label, "label"),
        use(column.unit, "unit"), use(column.source, "source"), use(column.expression, "expression");
  }
  for (std::size_t index = 0; index < info.periods.size(); ++index) {
    const PeriodSlice& slice = info.periods[index];
    const int position = static_cast<int>(index);
    const int has_period = slice.period ? 1 : 0;
    const long long period = slice.period.value_or(0);
    const long long rows = slice.row_count;
    session << "INSERT INTO data_snapshot_periods (snapshot, position, has_period, period, digest, row_count)"
               " VALUES (:snapshot, :position, :has_period, :period, :digest, :row_count)",
        use(info.digest, "snapshot"), use(position, "position"), use(has_period, "has_period"), use(period, "period"),
        use(slice.digest, "digest"), use(rows, "row_count");
  }
}

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

Result<SnapshotInfo> ReadInfo(soci::session& session, const std::string& digest, std::string& row_order) {
  SnapshotInfo info;
  info.digest = digest;
  long long row_count = 0;
  long long unit_count = 0;
  long long first_line = 0;
  int synthetic = 0;
  session << "SELECT unit_key, time_key, row_count, unit_count, synthetic, known_at, source, first_line, row_order"
             " FROM data_snapshots WHERE digest = :digest",
      use(digest, "digest"), into(info.unit_key), into(info.time_key), into(row_count), into(unit_count),
      into(synthetic), into(info.known_at), into(info.source), into(first_line), into(row_order);
  if (!session.got_data()) return SnapshotNotFound(digest);
  info.row_count = row_count;
  info.unit_count = unit_count;
  info.first_line = first_line;
  info.synthetic = synthetic != 0;

  ColumnInfo column;
  int is_text = 0;
  long long missing_count = 0;
  soci::statement columns =
      (session.prepare << "SELECT name, is_text, digest, missing_count, label, unit, source, expression"
                          " FROM data_snapshot_columns WHERE snapshot = :snapshot ORDER BY position",
       use(digest, "snapshot"), into(column.name), into(is_text), into(column.digest), into(missing_count),
       into(column.label), into(column.unit), into(column.source), into(column.expression));
  columns.execute();
  while (columns.fetch()) {
    column.is_text = is_text != 0;
    column.missing_count = missing_count;
    info.columns.push_back(column);
  }

  PeriodSlice slice;
  int has_period = 0;
  long long period = 0;
  long long rows = 0;
  soci::statement periods =
      (session.prepare << "SELECT has_period, period, digest, row_count FROM data_snapshot_periods"
                          " WHERE snapshot = :snapshot ORDER BY position",
       use(digest, "snapshot"), into(has_period), into(period), into(slice.digest), into(rows));
  periods.execute();
  while (periods.fetch()) {
    slice.period = has_period != 0 ? std::optional<std::int64_t>(period) : std::nullopt;
    slice.row_count = rows;
    info.periods.push_back(slice);
  }
  return info;
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

SnapshotInfo DescribeSnapshot(const Table& table, const SnapshotDigests& digests) {
  SnapshotInfo info;
  info.digest = digests.snapshot;
  info.unit_key = table.keys->unit_key;
  info.time_key = table.keys->time_key;
  info.row_count = static_cast<std::int64_t>(table.row_count());
  info.unit_count = static_cast<std::int64_t>(table.keys->unit_count());
  for (std::size_t index = 0; index < table.columns.size(); ++index) {
    const Column& column = *table.columns[index];
    info.columns.push_back({column.name, column.is_text, digests.columns[index], column.MissingCount(), column.label,
                            column.unit, column.source, column.expression});
  }
  info.periods = digests.periods;
  info.synthetic = table.synthetic;
  info.known_at = table.known_at;
  info.source = table.source;
  info.first_line = table.first_line;
  return info;
}

Store::Store(std::unique_ptr<sql::Database> database, StoreOptions options)
    : database_(std::move(database)), options_(options) {}

Result<std::unique_ptr<Store>> Store::Open(std::unique_ptr<sql::Database> database, StoreOptions options) {
  FARRELL_RETURN_IF_ERROR(sql::Migrate(*database, "data", SchemaMigrations()));
  return std::unique_ptr<Store>(new Store(std::move(database), options));
}

Result<Store::Put> Store::Add(Table table, const SnapshotDigests& digests, const Name& name, const std::string& base) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->info = DescribeSnapshot(table, digests);
  snapshot->table = std::move(table);
  Put put;
  FARRELL_RETURN_IF_ERROR(sql::Write(*database_, [&](soci::session& session) -> Status {
    put.existed = Exists(session, digests.snapshot);
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
    std::string row_order;
    FARRELL_ASSIGN_OR_RETURN(info, ReadInfo(session, digest, row_order));
    return Status::Ok();
  }));
  return info;
}

Result<SnapshotPtr> Store::Load(const std::string& digest) {
  if (SnapshotPtr recent = Recall(digest)) {
    // Another process may have removed it.
    bool exists = false;
    FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
      exists = Exists(session, digest);
      return Status::Ok();
    }));
    if (exists) return recent;
    Forget(digest);
    return SnapshotNotFound(digest);
  }
  auto snapshot = std::make_shared<Snapshot>();
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
    std::string row_order;
    FARRELL_ASSIGN_OR_RETURN(snapshot->info, ReadInfo(session, digest, row_order));
    const SnapshotInfo& info = snapshot->info;
    const auto rows = static_cast<std::size_t>(info.row_count);
    FARRELL_ASSIGN_OR_RETURN(const std::string order_bytes, sql::DecodeBlob(row_order));
    FARRELL_ASSIGN_OR_RETURN(const std::vector<std::size_t> order, DecodeOrder(order_bytes, rows));
    Table& table = snapshot->table;
    for (const ColumnInfo& column_info : info.columns) {
      std::string body;
      session << "SELECT body FROM data_columns WHERE digest = :digest", use(column_info.digest, "digest"), into(body);
      FARRELL_ASSIGN_OR_RETURN(const std::string bytes, sql::DecodeBlob(body));
      auto column = std::make_shared<Column>();
      FARRELL_RETURN_IF_ERROR(DecodeCells(bytes, column_info.is_text, order, *column));
      if (ColumnDigest(*column, order) != column_info.digest) {
        return Status(Code::kDataLoss, "STORE_CORRUPT",
                      "column " + column_info.name + " of snapshot " + digest +
                          " is damaged in the store: remove the release and import it again")
            .With("snapshot_digest", digest)
            .With("column", column_info.name);
      }
      column->name = column_info.name;
      column->label = column_info.label;
      column->unit = column_info.unit;
      column->source = column_info.source;
      column->expression = column_info.expression;
      table.columns.push_back(std::move(column));
    }
    table.synthetic = info.synthetic;
    table.known_at = info.known_at;
    table.source = info.source;
    table.first_line = info.first_line;
    FARRELL_ASSIGN_OR_RETURN(table.keys, KeysOf(table, info.unit_key, info.time_key, rows));
    std::vector<std::string> column_digests;
    for (const ColumnInfo& column_info : info.columns) column_digests.push_back(column_info.digest);
    if (SnapshotDigest(table, column_digests) != digest) {
      return Status(Code::kDataLoss, "STORE_CORRUPT",
                    "snapshot " + digest + " is damaged in the store: remove the release and import it again")
          .With("snapshot_digest", digest);
    }
    return Status::Ok();
  }));
  Remember(snapshot);
  return SnapshotPtr(std::move(snapshot));
}

Result<ResolvedReference> Store::Resolve(const std::string& reference) {
  ResolvedReference resolved;
  FARRELL_RETURN_IF_ERROR(sql::Read(*database_, [&](soci::session& session) -> Status {
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
