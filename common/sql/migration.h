// Schema versions: every component (data, reporting) owns its tables, prefixed by its name, and a list of migrations.
#pragma once

#include <string>
#include <vector>

#include "common/sql/database.h"

namespace farrell::sql {

// The statements that lead from the version before to this one. Never edited once released: add another.
struct Migration {
  std::vector<std::string> statements;
};

// Brings the tables of `component` to version migrations.size(). One write transaction: programs that start at the same
// moment wait for each other, and a failed migration leaves the version before.
// Errors: FAILED_PRECONDITION, reason SCHEMA_TOO_NEW, when a newer program has been here.
Status Migrate(Database& database, const std::string& component, const std::vector<Migration>& migrations);

}  // namespace farrell::sql
