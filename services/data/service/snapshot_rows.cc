#include "services/data/service/snapshot_rows.h"

#include <utility>

#include "common/sql/blob_text.h"
#include "services/data/engine/keys.h"
#include "services/data/service/column_bytes.h"

namespace farrell::data {
namespace {

using soci::into;
using soci::use;

void InsertColumn(soci::session& session, const Column& column, const ColumnInfo& info,
                  const std::vector<std::size_t>& order) {
  int found = 0;
  session << "SELECT COUNT(*) FROM data_columns WHERE digest = :digest", use(info.digest, "digest"), into(found);
  if (found > 0) return;
  const std::string body = sql::EncodeBlob(EncodeCells(column, order));
  session << "INSERT INTO data_columns (digest, body) VALUES (:digest, :body)", use(info.digest, "digest"),
      use(body, "body");
}

// What quotas count: 8 bytes a number, its bytes a text.
std::int64_t CellBytes(const Table& table) {
  std::size_t bytes = 0;
  for (const ColumnPtr& column : table.columns) {
    bytes += column->numbers.size() * sizeof(double);
    for (const std::string& text : column->texts) bytes += text.size();
  }
  return static_cast<std::int64_t>(bytes);
}

// `row_order` receives the permutation as it is stored.
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

Status SnapshotNotFound(const std::string& digest) {
  return NotFound("SNAPSHOT_NOT_FOUND", "no snapshot has the digest " + digest + ": import the data again")
      .With("snapshot_digest", digest);
}

bool SnapshotExists(soci::session& session, const std::string& digest) {
  int found = 0;
  session << "SELECT COUNT(*) FROM data_snapshots WHERE digest = :digest", use(digest, "digest"), into(found);
  return found > 0;
}

void InsertSnapshot(soci::session& session, const Table& table, const SnapshotInfo& info, const std::string& base) {
  const std::string order = sql::EncodeBlob(EncodeOrder(table.keys->order));
  const long long row_count = info.row_count;
  const long long unit_count = info.unit_count;
  const long long first_line = info.first_line;
  const int synthetic = info.synthetic ? 1 : 0;
  const long long bytes = CellBytes(table);
  session
      << "INSERT INTO data_snapshots (digest, unit_key, time_key, row_count, unit_count, synthetic, known_at, source,"
         " first_line, row_order, base, bytes) VALUES (:digest, :unit_key, :time_key, :row_count, :unit_count, "
         ":synthetic,"
         " :known_at, :source, :first_line, :row_order, :base, :bytes)",
      use(info.digest, "digest"), use(info.unit_key, "unit_key"), use(info.time_key, "time_key"),
      use(row_count, "row_count"), use(unit_count, "unit_count"), use(synthetic, "synthetic"),
      use(info.known_at, "known_at"), use(info.source, "source"), use(first_line, "first_line"),
      use(order, "row_order"), use(base, "base"), use(bytes, "bytes");
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

Result<SnapshotInfo> ReadSnapshotInfo(soci::session& session, const std::string& digest) {
  std::string row_order;
  return ReadInfo(session, digest, row_order);
}

Result<ColumnPtr> ReadColumn(soci::session& session, const std::string& snapshot, const ColumnInfo& info,
                             const std::vector<std::size_t>& order) {
  std::string body;
  session << "SELECT body FROM data_columns WHERE digest = :digest", use(info.digest, "digest"), into(body);
  auto column = std::make_shared<Column>();
  const Result<std::string> bytes = sql::DecodeBlob(body);
  if (!bytes.ok() || !DecodeCells(*bytes, info.is_text, order, *column).ok() ||
      ColumnDigest(*column, order) != info.digest) {
    return Status(Code::kDataLoss, "STORE_CORRUPT",
                  "column " + info.name + " of snapshot " + snapshot +
                      " is damaged in the store: restore a backup, or remove the release and import it again")
        .With("snapshot_digest", snapshot)
        .With("column", info.name);
  }
  column->name = info.name;
  column->label = info.label;
  column->unit = info.unit;
  column->source = info.source;
  column->expression = info.expression;
  return ColumnPtr(std::move(column));
}

Result<Snapshot> ReadSnapshot(soci::session& session, const std::string& digest) {
  Snapshot snapshot;
  std::string row_order;
  FARRELL_ASSIGN_OR_RETURN(snapshot.info, ReadInfo(session, digest, row_order));
  const SnapshotInfo& info = snapshot.info;
  const auto rows = static_cast<std::size_t>(info.row_count);
  FARRELL_ASSIGN_OR_RETURN(const std::string order_bytes, sql::DecodeBlob(row_order));
  FARRELL_ASSIGN_OR_RETURN(const std::vector<std::size_t> order, DecodeOrder(order_bytes, rows));
  Table& table = snapshot.table;
  std::vector<std::string> column_digests;
  for (const ColumnInfo& column_info : info.columns) {
    FARRELL_ASSIGN_OR_RETURN(ColumnPtr column, ReadColumn(session, digest, column_info, order));
    table.columns.push_back(std::move(column));
    column_digests.push_back(column_info.digest);
  }
  table.synthetic = info.synthetic;
  table.known_at = info.known_at;
  table.source = info.source;
  table.first_line = info.first_line;
  FARRELL_ASSIGN_OR_RETURN(table.keys, KeysOf(table, info.unit_key, info.time_key, rows));
  if (SnapshotDigest(table, column_digests) != digest) {
    return Status(Code::kDataLoss, "STORE_CORRUPT",
                  "snapshot " + digest +
                      " is damaged in the store: restore a backup, or remove the release and import it again")
        .With("snapshot_digest", digest);
  }
  return snapshot;
}

}  // namespace farrell::data
