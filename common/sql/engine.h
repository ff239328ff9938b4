// What differs between the databases behind Database. Only common/sql knows these.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "common/sql/database.h"

namespace farrell::sql {

enum class TransactionKind : std::uint8_t {
  kRead,     // one state of the database, no writes
  kWrite,    // as if alone
  kMigrate,  // as if alone, waits for other migrations first, and may take its time
};

// An SQL error as callers see it.
struct Failure {
  Status status;
  // The same transaction may well succeed when it is repeated.
  bool transient = false;
  // The session is of no use any more: the connection was lost, or its server does not take writes.
  bool drop_session = false;
};

class Engine {
 public:
  virtual ~Engine() = default;

  // Sessions that may be open at a time, given how many were asked for.
  virtual std::size_t Sessions(std::size_t wanted) const { return wanted; }
  // Opens a session that is not open. Throws soci::soci_error.
  virtual Status Connect(soci::session& session) = 0;
  // True when an open session is of no use any more.
  virtual bool Lost(soci::session& session) const = 0;
  // Begins a transaction of that kind. Throws soci::soci_error.
  virtual void Begin(soci::session& session, TransactionKind kind) = 0;
  // Called around a transaction, on a session that is open.
  virtual void Enter(soci::session& /*session*/) {}
  virtual void Leave(soci::session& /*session*/) noexcept {}
  // Called after a transaction was rolled back.
  virtual void AfterRollback(soci::session& session) const = 0;
  virtual Failure Explain(const soci::soci_error& error) const = 0;
  // A statement of a migration in the words of this database.
  virtual std::string Dialect(const std::string& statement) const = 0;
};

std::unique_ptr<Engine> MakeSqliteEngine(const std::string& path);
// Errors as for Database::Open.
Result<std::unique_ptr<Engine>> MakePostgresqlEngine(const DatabaseOptions& options);

}  // namespace farrell::sql
