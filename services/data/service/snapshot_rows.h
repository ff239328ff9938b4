// Snapshots and their columns as rows, inside a transaction.
#pragma once

#include <string>
#include <vector>

#include "common/sql/soci.h"
#include "common/status/status.h"
#include "services/data/service/snapshot.h"

namespace farrell::data {

Status SnapshotNotFound(const std::string& digest);
bool SnapshotExists(soci::session& session, const std::string& digest);

// Columns that are there already are not written again. `base` is the digest of the snapshot it was derived from, or
// empty.
void InsertSnapshot(soci::session& session, const Table& table, const SnapshotInfo& info, const std::string& base);

// SNAPSHOT_NOT_FOUND.
Result<SnapshotInfo> ReadSnapshotInfo(soci::session& session, const std::string& digest);

// The cells of one column in the row order of a snapshot, checked against its digest.
// DATA_LOSS, reason STORE_CORRUPT.
Result<ColumnPtr> ReadColumn(soci::session& session, const std::string& snapshot, const ColumnInfo& info,
                             const std::vector<std::size_t>& order);

// All of a snapshot, checked against its digests. SNAPSHOT_NOT_FOUND; DATA_LOSS, reason STORE_CORRUPT.
Result<Snapshot> ReadSnapshot(soci::session& session, const std::string& digest);

}  // namespace farrell::data
