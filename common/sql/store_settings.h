// Where a program keeps its state, as settings: --state, --database, --database-password-file, --database-sessions,
// --migrate-only.
#pragma once

#include <string>

#include "common/program/settings.h"
#include "common/sql/database.h"

namespace farrell::sql {

struct StoreSettings {
  // Folder of the SQLite file; "memory" keeps nothing. Not used with `database`.
  std::string state{};
  // postgresql://HOST:PORT/NAME?user=...; empty: SQLite.
  std::string database{};
  std::string database_password_file{};
  // Connections of this program, in [1, 64].
  int database_sessions = 4;
  // Open the store, which migrates it, and end: for a step of a roll-out.
  bool migrate_only = false;

  DatabaseOptions options() const;
};

// `settings` must outlive the table; its `state` is the default.
void AddStoreSettings(SettingTable& table, StoreSettings& settings);

}  // namespace farrell::sql
