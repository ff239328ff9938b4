// Schema versions: every component (data, reporting) owns its tables, prefixed by its name, and a list of migrations.
// docs/operations/migrations.md says how a change is divided so that programs of two versions work side by side.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/sql/database.h"

namespace farrell::sql {

// Whether programs that know only the version before go on working after a migration.
enum class Effect : std::uint8_t {
  kBreaks,   // removes, renames or requires something: older programs are refused
  kExpands,  // adds what older programs need not know: tables, columns with a default or NULL, indexes
};

// The statements that lead from the version before to this one. Never edited once released: add another.
struct Migration {
  std::vector<std::string> statements;
  Effect effect = Effect::kBreaks;
};

// Brings the tables of `component` to version migrations.size(), or leaves them when a newer program has been here with
// migrations that all expand. One transaction: programs that start at the same moment wait for each other, and a
// migration that fails or whose process dies leaves the version before.
// Errors: FAILED_PRECONDITION, reason SCHEMA_TOO_NEW, when a newer program has been here with one that breaks.
Status Migrate(Database& database, const std::string& component, const std::vector<Migration>& migrations);

// The same inside a transaction that is under way.
Status MigrateWithin(soci::session& session, const Engine& engine, const std::string& component,
                     const std::vector<Migration>& migrations);

// The version of a component's tables; 0 when they are not there.
Result<int> SchemaVersion(Database& database, const std::string& component);
int SchemaVersionWithin(soci::session& session, const Engine& engine, const std::string& component);

// Takes the version of a component whose tables were dropped in the same transaction.
void ForgetComponent(soci::session& session, const std::string& component);

}  // namespace farrell::sql
