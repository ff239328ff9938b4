#include "common/sql/transaction.h"

namespace farrell::sql {
namespace {

// A destructor has nobody to report to; SQLite has already rolled back when this fails.
void RollbackQuietly(soci::session& session) {
  try {
    session << "ROLLBACK";
  } catch (const soci::soci_error&) {
    return;
  }
}

}  // namespace

ReadTransaction::ReadTransaction(soci::session& session) : session_(session) { session_ << "BEGIN"; }
ReadTransaction::~ReadTransaction() {
  if (open_) RollbackQuietly(session_);
}
void ReadTransaction::Commit() {
  session_ << "COMMIT";
  open_ = false;
}

WriteTransaction::WriteTransaction(soci::session& session) : session_(session) {
  session_ << (session_.get_backend_name() == "sqlite3" ? "BEGIN IMMEDIATE" : "BEGIN");
}
WriteTransaction::~WriteTransaction() {
  if (open_) RollbackQuietly(session_);
}
void WriteTransaction::Commit() {
  session_ << "COMMIT";
  open_ = false;
}

}  // namespace farrell::sql
