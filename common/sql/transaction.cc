#include "common/sql/transaction.h"

namespace farrell::sql {

Transaction::Transaction(Engine& engine, soci::session& session, TransactionKind kind)
    : engine_(engine), session_(session) {
  engine_.Begin(session_, kind);
}

Transaction::~Transaction() {
  if (!open_) return;
  // A destructor has nobody to report to, and where ROLLBACK fails the database has rolled back already.
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
