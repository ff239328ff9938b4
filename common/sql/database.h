// The SQL database behind the services that keep state: a pool of SOCI sessions on a SQLite file, on a database of a
// PostgreSQL server, or in memory.
//
//   FARRELL_ASSIGN_OR_RETURN(auto database, sql::Database::Open({.path = "state/farrell.db"}));
//   FARRELL_RETURN_IF_ERROR(sql::Migrate(*database, "reporting", kMigrations));
//   return sql::Write(*database, [&](soci::session& session) {
//     session << "INSERT INTO reporting_runs (id) VALUES (:id)", soci::use(id, "id");
//     return Status::Ok();
//   });
//
// SQL is kept to what SQLite and PostgreSQL share: TEXT, INTEGER, BIGINT, DOUBLE PRECISION, named parameters, no BLOB
// (see blob_text.h). Texts are UTF-8 and are compared by their bytes on both.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/sql/silence_watch.h"
#include "common/sql/soci.h"
#include "common/status/status.h"

namespace farrell::sql {

struct DatabaseOptions {
  // SQLite file, created with its directories when absent; ":memory:" or "memory" keeps nothing. Several processes may
  // open one file. Required unless `url` is given.
  std::string path{};
  // postgresql://HOST:PORT/NAME?user=...&sslmode=verify-full&sslrootcert=FILE: any parameter of libpq but `password`.
  // Empty: the SQLite file.
  std::string url{};
  // File whose first line is the password for `url`; read again for every new connection, so that it may change.
  std::string password_file{};
  // Sessions, and so transactions at a time. Range [1, 64]. In memory there is always exactly one.
  int sessions = 4;
  // PostgreSQL only. How long a connection may take to be made, and a statement to be answered. Range >= 1 s.
  std::chrono::seconds connect_timeout{5};
  std::chrono::seconds statement_timeout{60};
  // PostgreSQL only. When a server that does not answer counts as silent (silence_watch.h): about twenty seconds.
  SilenceLimits silence{};
};

// The database of a program: the server named by `url`, or else the file in the folder `state` (see DatabasePath).
DatabaseOptions DatabaseAt(const std::string& state, const std::string& url = "",
                           const std::string& password_file = "");

// Path of the database of a state directory: DIR/farrell.db, or ":memory:" for the word "memory".
std::string DatabasePath(const std::string& state);

class Engine;
enum class TransactionKind : std::uint8_t;

// Thread-safe. Sessions are opened when first needed, and again after they were lost.
class Database {
 public:
  // Makes one session, so that a database that cannot be used is found at once.
  // Errors: INVALID_ARGUMENT, reasons STORE_PATH_MISSING, STORE_PATH_INVALID, DATABASE_URL_INVALID,
  // DATABASE_PASSWORD_FILE_INVALID; UNAVAILABLE, reason STORE_UNAVAILABLE, when the file cannot be opened or created or
  // the server does not take the connection; FAILED_PRECONDITION, reasons STORE_ENCODING (the server's database is not
  // UTF-8) and STORE_ENGINE_MISSING (the client library of PostgreSQL is not installed).
  static Result<std::unique_ptr<Database>> Open(const DatabaseOptions& options);
  ~Database();

  // What Read, Write and Migrate do.
  Status Run(TransactionKind kind, const std::function<Status(soci::session&)>& body);
  const Engine& engine() const { return *engine_; }

 private:
  Database(std::unique_ptr<Engine> engine, std::size_t sessions);

  std::unique_ptr<Engine> engine_;
  soci::connection_pool pool_;
};

// Runs `body` on a session inside a transaction that sees one state of the database.
//
// `body` may run more than once: a transaction that met another one is rolled back and repeated, a bounded number of
// times. It must therefore not add to what it filled before.
//
// Errors: those of `body`; of SQL:
//   UNAVAILABLE         STORE_UNAVAILABLE  the database cannot be reached, or the connection was lost
//   UNAVAILABLE         STORE_TIMEOUT      a statement took longer than it may
//   ABORTED             STORE_BUSY         other transactions were in the way every time
//   RESOURCE_EXHAUSTED  STORE_FULL         the disk is full; what is stored can still be read
//   PERMISSION_DENIED   STORE_DENIED       the user may not do this
//   ALREADY_EXISTS      STORE_DUPLICATE    a row with this key is there
//   INVALID_ARGUMENT    STORE_TEXT_INVALID a text holds what the database cannot keep
//   DATA_LOSS           STORE_CORRUPT      the database says that it is damaged
//   INTERNAL            STORE_FAILED       anything else
Status Read(Database& database, const std::function<Status(soci::session&)>& body);

// Runs `body` inside a write transaction, committed when it returns Ok and rolled back otherwise: all or nothing. What
// it reads is as if no other transaction ran at the same time. Errors as for Read.
Status Write(Database& database, const std::function<Status(soci::session&)>& body);

}  // namespace farrell::sql
