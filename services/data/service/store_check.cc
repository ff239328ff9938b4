#include "services/data/service/store_check.h"

#include <numeric>
#include <set>

#include "services/data/service/record_check.h"
#include "services/data/service/snapshot_rows.h"

namespace farrell::data {
namespace {

using soci::into;

Result<std::vector<std::string>> ListSnapshots(sql::Database& database) {
  std::vector<std::string> digests;
  FARRELL_RETURN_IF_ERROR(sql::Read(database, [&](soci::session& session) {
    digests.clear();
    std::string digest;
    soci::statement select = (session.prepare << "SELECT digest FROM data_snapshots ORDER BY digest", into(digest));
    select.execute();
    while (select.fetch()) digests.push_back(digest);
    return Status::Ok();
  }));
  return digests;
}

class Checker {
 public:
  // One snapshot: its columns first, so that all damaged ones are named, then the whole.
  Status Check(soci::session& session, const std::string& digest) {
    const Result<SnapshotInfo> info = ReadSnapshotInfo(session, digest);
    if (!info.ok()) return info.status();
    bool whole = true;
    for (const ColumnInfo& column : info->columns) whole = CheckColumn(session, *info, column) && whole;
    ++report_.checked;
    if (!whole) return Status::Ok();
    const Result<Snapshot> snapshot = ReadSnapshot(session, digest);
    if (!snapshot.ok()) {
      Found("snapshot " + digest, "what is stored about it does not have its digest");
      return Status::Ok();
    }
    FARRELL_ASSIGN_OR_RETURN(const auto digests, DigestTable(snapshot->table));
    if (DescribeSnapshot(snapshot->table, digests) != *info) {
      Found("snapshot " + digest, "its periods or counts are not those of its cells");
    }
    return Status::Ok();
  }

  sql::CheckReport& report() { return report_; }

 private:
  // A column is looked at once, however many snapshots have it.
  bool CheckColumn(soci::session& session, const SnapshotInfo& info, const ColumnInfo& column) {
    if (sound_.contains(column.digest)) return true;
    if (damaged_.contains(column.digest)) return false;
    // The digest is over the cells in stored order.
    std::vector<std::size_t> order(static_cast<std::size_t>(info.row_count));
    std::iota(order.begin(), order.end(), std::size_t{0});
    const bool sound = ReadColumn(session, info.digest, column, order).ok();
    ++report_.checked;
    (sound ? sound_ : damaged_).insert(column.digest);
    if (!sound) {
      Found("column " + column.name + " of snapshot " + info.digest,
            "its cells do not have the digest " + column.digest);
    }
    return sound;
  }

  void Found(std::string place, std::string problem) {
    report_.damages.push_back({std::move(place), std::move(problem)});
  }

  sql::CheckReport report_;
  std::set<std::string> sound_;
  std::set<std::string> damaged_;
};

}  // namespace

Result<sql::CheckReport> CheckStore(sql::Database& database, int version) {
  FARRELL_ASSIGN_OR_RETURN(const std::vector<std::string> digests, ListSnapshots(database));
  Checker checker;
  for (const std::string& digest : digests) {
    const Status status = sql::Read(database, [&](soci::session& session) { return checker.Check(session, digest); });
    // Removed since the list was made.
    if (status.reason() == "SNAPSHOT_NOT_FOUND") continue;
    FARRELL_RETURN_IF_ERROR(status);
  }
  FARRELL_RETURN_IF_ERROR(sql::Read(database, [&](soci::session& session) {
    CheckRecords(session, version, checker.report());
    return Status::Ok();
  }));
  return std::move(checker.report());
}

}  // namespace farrell::data
