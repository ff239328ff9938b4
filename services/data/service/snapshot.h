// A snapshot and what is known about it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "services/data/engine/digest.h"
#include "services/data/engine/table.h"

namespace farrell::data {

// What is known about a column without its cells.
struct ColumnInfo {
  std::string name;
  bool is_text = false;
  std::string digest;
  std::int64_t missing_count = 0;
  std::string label;
  std::string unit;
  std::string source;
  std::string expression;
  bool operator==(const ColumnInfo&) const = default;
};

// What is known about a snapshot without its cells.
struct SnapshotInfo {
  std::string digest;
  std::string unit_key;
  std::string time_key;
  std::int64_t row_count = 0;
  std::int64_t unit_count = 0;
  std::vector<ColumnInfo> columns;
  std::vector<PeriodSlice> periods;
  bool synthetic = false;
  std::string known_at;
  std::string source;
  std::int64_t first_line = 2;
  bool operator==(const SnapshotInfo&) const = default;
};

SnapshotInfo DescribeSnapshot(const Table& table, const SnapshotDigests& digests);

struct Snapshot {
  SnapshotInfo info;
  Table table;
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace farrell::data
