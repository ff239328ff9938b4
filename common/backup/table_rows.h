// The rows of one table, out of a database and into one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/sql/component.h"
#include "common/sql/soci.h"
#include "common/status/status.h"
#include "nlohmann/json.hpp"

namespace farrell::backup {

// The columns of a table that are there in this version of its component.
std::vector<sql::StoredColumn> ColumnsAt(const sql::StoredTable& table, int version);

// Calls `take` with every row, an array of its columns, in the order of the key; stops at the first error, which is
// returned. No more than a page of rows is in memory.
Status ReadRows(soci::session& session, const sql::StoredTable& table, const std::vector<sql::StoredColumn>& columns,
                const std::function<Status(const nlohmann::json& row)>& take);

// Inserts rows into a table, one after another.
class RowInserter {
 public:
  RowInserter(soci::session& session, const std::string& table, const std::vector<sql::StoredColumn>& columns);
  ~RowInserter();
  RowInserter(const RowInserter&) = delete;
  RowInserter& operator=(const RowInserter&) = delete;

  // False when the row is not an array of texts, integers, reals and nulls as the columns want them.
  bool Insert(const nlohmann::json& row);

 private:
  class Binding;
  std::unique_ptr<Binding> binding_;
};

}  // namespace farrell::backup
