#include "common/sql/migration.h"

namespace farrell::sql {

Status Migrate(Database& database, const std::string& component, const std::vector<Migration>& migrations) {
  return Write(database, [&](soci::session& session) -> Status {
    session << "CREATE TABLE IF NOT EXISTS schema_versions (component TEXT PRIMARY KEY, version INTEGER NOT NULL)";
    const int wanted = static_cast<int>(migrations.size());
    int version = 0;
    session << "SELECT version FROM schema_versions WHERE component = :component", soci::use(component, "component"),
        soci::into(version);
    const bool known = session.got_data();
    if (!known) version = 0;
    if (version > wanted) {
      return FailedPrecondition("SCHEMA_TOO_NEW", "the store holds version " + std::to_string(version) + " of the " +
                                                      component + " tables, this program knows version " +
                                                      std::to_string(wanted) + ": use the newer program")
          .With("component", component);
    }
    if (version == wanted && known) return Status::Ok();
    for (int next = version; next < wanted; ++next) {
      for (const std::string& statement : migrations[static_cast<std::size_t>(next)].statements) session << statement;
    }
    if (known) {
      session << "UPDATE schema_versions SET version = :version WHERE component = :component",
          soci::use(wanted, "version"), soci::use(component, "component");
    } else {
      session << "INSERT INTO schema_versions (component, version) VALUES (:component, :version)",
          soci::use(component, "component"), soci::use(wanted, "version");
    }
    return Status::Ok();
  });
}

}  // namespace farrell::sql
