// The tables of a component, described so that a backup can copy them without knowing what they mean.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/sql/migration.h"

namespace farrell::sql {

enum class ColumnKind : std::uint8_t { kText, kInteger, kReal };

struct StoredColumn {
  std::string name;
  ColumnKind kind = ColumnKind::kText;
  int since = 1;  // schema version that has it first
};

struct StoredTable {
  std::string name;
  std::vector<StoredColumn> columns;
  // Its primary key, of columns of kind text and integer: the order of a backup.
  std::vector<std::string> key;
  int since = 1;
  // Rows that may be in memory at a time.
  int page = 1000;
};

struct Component {
  std::string name;
  std::vector<Migration> migrations;
  // A table after those that it refers to.
  std::vector<StoredTable> tables;
};

}  // namespace farrell::sql
