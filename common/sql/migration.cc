#include "common/sql/migration.h"

#include <algorithm>

#include "common/sql/engine.h"

namespace farrell::sql {
namespace {

using soci::into;
using soci::use;

// What the store says about the tables of a component.
struct Held {
  int version = 0;  // 0: none yet
  // The oldest version whose programs can use them.
  int min_reader_version = 0;
};

// schema_readers came after schema_versions: in stores from before, only programs of the same version read.
void MakeBookkeeping(soci::session& session, const Engine& engine) {
  session << engine.Dialect(
      "CREATE TABLE IF NOT EXISTS schema_versions (component TEXT PRIMARY KEY, version INTEGER NOT NULL)");
  session << engine.Dialect(
      "CREATE TABLE IF NOT EXISTS schema_readers (component TEXT PRIMARY KEY, min_reader_version INTEGER NOT NULL)");
}

Held ReadHeld(soci::session& session, const std::string& component) {
  Held held;
  session << "SELECT version FROM schema_versions WHERE component = :component", use(component, "component"),
      into(held.version);
  if (!session.got_data()) return {};
  session << "SELECT min_reader_version FROM schema_readers WHERE component = :component", use(component, "component"),
      into(held.min_reader_version);
  if (!session.got_data()) held.min_reader_version = held.version;
  return held;
}

void WriteHeld(soci::session& session, const std::string& component, const Held& held) {
  ForgetComponent(session, component);
  session << "INSERT INTO schema_versions (component, version) VALUES (:component, :version)",
      use(component, "component"), use(held.version, "version");
  session << "INSERT INTO schema_readers (component, min_reader_version) VALUES (:component, :version)",
      use(component, "component"), use(held.min_reader_version, "version");
}

// The last version that older programs cannot use.
int MinReaderVersion(const std::vector<Migration>& migrations) {
  const auto breaking = std::find_if(migrations.rbegin(), migrations.rend(),
                                     [](const Migration& each) { return each.effect == Effect::kBreaks; });
  return static_cast<int>(migrations.rend() - breaking);
}

}  // namespace

Status MigrateWithin(soci::session& session, const Engine& engine, const std::string& component,
                     const std::vector<Migration>& migrations) {
  MakeBookkeeping(session, engine);
  const int wanted = static_cast<int>(migrations.size());
  const Held held = ReadHeld(session, component);
  if (held.version > wanted && held.min_reader_version > wanted) {
    return FailedPrecondition("SCHEMA_TOO_NEW", "the store holds version " + std::to_string(held.version) + " of the " +
                                                    component + " tables, which programs from version " +
                                                    std::to_string(held.min_reader_version) +
                                                    " on can use; this program knows version " +
                                                    std::to_string(wanted) + ": use the newer program")
        .With("component", component);
  }
  if (held.version >= wanted && held.version > 0) return Status::Ok();
  for (int next = held.version; next < wanted; ++next) {
    for (const std::string& statement : migrations[static_cast<std::size_t>(next)].statements) {
      session << engine.Dialect(statement);
    }
  }
  WriteHeld(session, component, {wanted, MinReaderVersion(migrations)});
  return Status::Ok();
}

Status Migrate(Database& database, const std::string& component, const std::vector<Migration>& migrations) {
  return database.Run(TransactionKind::kMigrate, [&](soci::session& session) {
    return MigrateWithin(session, database.engine(), component, migrations);
  });
}

Result<int> SchemaVersion(Database& database, const std::string& component) {
  int version = 0;
  FARRELL_RETURN_IF_ERROR(database.Run(TransactionKind::kMigrate, [&](soci::session& session) {
    version = SchemaVersionWithin(session, database.engine(), component);
    return Status::Ok();
  }));
  return version;
}

int SchemaVersionWithin(soci::session& session, const Engine& engine, const std::string& component) {
  MakeBookkeeping(session, engine);
  return ReadHeld(session, component).version;
}

void ForgetComponent(soci::session& session, const std::string& component) {
  for (const char* table : {"schema_versions", "schema_readers"}) {
    session << "DELETE FROM " << table << " WHERE component = :component", use(component, "component");
  }
}

}  // namespace farrell::sql
