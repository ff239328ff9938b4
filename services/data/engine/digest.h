// What data are called: digests of columns, periods and snapshots. All are SHA-256 in 64 lower-case hexadecimal digits.
//
// Column ("farrell.column.v1"): the domain, 0x00, "number" or "text", 0x00, the row count as 8 big-endian bytes, then
// the cells in (unit, time) order. A number is one byte (0 present, 1 missing) and the 8 big-endian bytes of its
// double, -0 as +0 and 0 where missing; a text is its length in 8 big-endian bytes and its bytes. Names and metadata
// are not part of it.
//
// Period ("farrell.slice.v1"): the canonical encoding {"cells":[[unit, variable, value], …],"year":t} over all columns
// but the keys, sorted by unit then variable (common/canonical.h).
//
// Snapshot ("farrell.snapshot.v1"): the canonical encoding of keys, columns (name, type, digest, metadata, expression),
// row order, synthetic flag, known-at date and source. Dataset, release and file name are not part of it: the same
// bytes read the same way have the same digest, whoever imports them.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "services/data/engine/table.h"

namespace farrell::data {

std::string ColumnDigest(const Column& column, const std::vector<std::size_t>& order);

struct PeriodSlice {
  std::optional<std::int64_t> period;  // unset for a cross-section
  std::string digest;
  std::int64_t row_count = 0;
  bool operator==(const PeriodSlice&) const = default;
};

// In increasing order of period; one entry with period unset for a cross-section. Key columns do not count.
std::vector<PeriodSlice> PeriodDigests(const Keys& keys, const std::vector<ColumnPtr>& columns);

struct SnapshotDigests {
  std::string snapshot;
  std::vector<std::string> columns;  // of every column of the table
  std::vector<PeriodSlice> periods;
};

// CANCELLED when `stop` fires.
Result<SnapshotDigests> DigestTable(const Table& table, const std::stop_token& stop = {});

// The part of a snapshot digest that is not cells: used when column digests are known already.
std::string SnapshotDigest(const Table& table, const std::vector<std::string>& column_digests);

}  // namespace farrell::data
