// A transaction on one session. SOCI's own begins as reader, and a reader of SQLite that turns writer while another
// writer commits fails at once instead of waiting.
#pragma once

#include "common/sql/engine.h"
#include "common/sql/soci.h"

namespace farrell::sql {

// Rolled back unless committed.
class Transaction {
 public:
  Transaction(Engine& engine, soci::session& session, TransactionKind kind);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void Commit();

 private:
  void Rollback();

  Engine& engine_;
  soci::session& session_;
  bool open_ = true;
};

}  // namespace farrell::sql
