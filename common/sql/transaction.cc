#include "common/sql/transaction.h"

namespace farrell::sql {

Transaction::Transaction(Engine& engine, soci::session& session, TransactionKind kind)
    : engine_(engine), session_(session) {
  try {
    engine_.Begin(session_, kind);
  } catch (const soci::soci_error&) {
    // It may have begun and failed at what comes with it, such as a lock.
    Rollback();
    throw;
  }
}

Transaction::~Transaction() {
  if (open_) Rollback();
}

void Transaction::Rollback() {
  // Nobody to report to, and where ROLLBACK fails the database has rolled back already.
  try {
    session_ << "ROLLBACK";
    engine_.AfterRollback(session_);
  } catch (const soci::soci_error&) {
    return;
  }
}

void Transaction::Commit() {
  session_ << "COMMIT";
  open_ = false;
}

}  // namespace farrell::sql
