#include "common/sql/store_settings.h"

#include "common/program/secret_file.h"
#include "common/sql/database_url.h"

namespace farrell::sql {

DatabaseOptions StoreSettings::options() const {
  DatabaseOptions options = DatabaseAt(state, database, database_password_file);
  options.sessions = database_sessions;
  return options;
}

void AddStoreSettings(SettingTable& table, StoreSettings& settings) {
  table.Text("state", settings.state, "DIR", "Folder of the SQLite database, or 'memory'; not used with --database");
  table.Text("database", settings.database, "URL",
             "PostgreSQL database: postgresql://HOST:PORT/NAME?user=NAME&sslmode=verify-full&sslrootcert=FILE",
             CheckDatabaseUrl);
  table.Text("database-password-file", settings.database_password_file, "FILE",
             "File with the password for --database, read again for every new connection", CheckSecretFile);
  table.Number("database-sessions", settings.database_sessions, 1, 64, "Connections to the database");
  table.Switch("migrate-only", settings.migrate_only, "Bring the tables of the store to this version and end");
}

}  // namespace farrell::sql
