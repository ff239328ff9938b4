// The SQL database behind the services that keep state: a pool of SOCI sessions on one SQLite file or in memory.
//
//   FARRELL_ASSIGN_OR_RETURN(auto database, sql::Database::Open({.path = "state/farrell.db"}));
//   FARRELL_RETURN_IF_ERROR(sql::Migrate(*database, "reporting", kMigrations));
//   return sql::Write(*database, [&](soci::session& session) {
//     session << "INSERT INTO reporting_runs (id) VALUES (:id)", soci::use(id, "id");
//     return Status::Ok();
//   });
//
// SQL is kept to what SQLite and PostgreSQL share: TEXT, INTEGER/BIGINT, named parameters, no BLOB (see blob_text.h).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/sql/soci.h"
#include "common/status/status.h"

namespace farrell::sql {

struct DatabaseOptions {
  // SQLite file, created with its directories when absent; ":memory:" or "memory" keeps nothing. Several processes may
  // open one file. Required.
  std::string path;
  // Sessions, and so readers at a time. Range [1, 64]. In memory there is always exactly one.
  int sessions = 4;
};

// Thread-safe. Every session: WAL journal, foreign keys enforced, 10 s wait for another writer.
class Database {
 public:
  // Errors: UNAVAILABLE, reason STORE_UNAVAILABLE, when the file cannot be opened or created.
  static Result<std::unique_ptr<Database>> Open(const DatabaseOptions& options);

  // Lease a session with `soci::session session(database.pool());`; it waits for a free one. Never lease a second
  // session while holding one: in memory there is only one. Prefer Read and Write below.
  soci::connection_pool& pool() { return *pool_; }

 private:
  explicit Database(std::unique_ptr<soci::connection_pool> pool) : pool_(std::move(pool)) {}
  std::unique_ptr<soci::connection_pool> pool_;
};

// Path of the database of a state directory: DIR/farrell.db, or ":memory:" for the word "memory".
std::string DatabasePath(const std::string& state);

// Runs `body` on a session inside a transaction that sees one state of the database.
// Errors: those of `body`; SQL errors as UNAVAILABLE, reason STORE_UNAVAILABLE (disk full: RESOURCE_EXHAUSTED,
// STORE_FULL).
Status Read(Database& database, const std::function<Status(soci::session&)>& body);

// Runs `body` inside a write transaction, committed when it returns Ok and rolled back otherwise: all or nothing.
Status Write(Database& database, const std::function<Status(soci::session&)>& body);

}  // namespace farrell::sql
