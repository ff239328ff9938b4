// Transactions whose kind is said at the start. SOCI's own begin as readers, and a reader that turns writer while
// another writer commits fails at once instead of waiting.
#pragma once

#include "common/sql/soci.h"

namespace farrell::sql {

// Sees one state of the database until it ends.
class ReadTransaction {
 public:
  explicit ReadTransaction(soci::session& session);
  ~ReadTransaction();
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;
  void Commit();

 private:
  soci::session& session_;
  bool open_ = true;
};

// Waits for other writers, then is the only one. Rolled back unless committed.
class WriteTransaction {
 public:
  explicit WriteTransaction(soci::session& session);
  ~WriteTransaction();
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;
  void Commit();

 private:
  soci::session& session_;
  bool open_ = true;
};

}  // namespace farrell::sql
