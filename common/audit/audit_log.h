// An append-only file of what was changed by whom: one JSON object a line, each carrying the hash of the line before.
//
// A line that is changed, removed or put in between breaks the chain at a line that can be named. Whoever can rewrite
// the whole file can also rewrite the chain: keep the last hash (the head) elsewhere, or the file on storage that only
// appends.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "common/status/status.h"

namespace farrell::audit {

struct Record {
  std::string event;      // "begin": let in, before it runs; "end": how it ended
  std::string principal;  // may be empty: the server asks for no credentials
  std::string project;
  std::string peer;
  std::string method;
  std::string request;   // SHA-256 of the request where it is known; empty in "begin"
  std::string decision;  // "allowed" or "denied"
  std::string code;      // canonical code of the outcome; empty in "begin"
  std::string reason;
  std::string request_id;
};

// Thread-safe. One process at a time has a file open.
class AuditLog {
 public:
  // Makes the file, readable by its owner and group, or goes on with its chain. A last line without its end was never
  // answered to anybody and is dropped. FAILED_PRECONDITION, reason AUDIT_UNUSABLE.
  static Result<std::shared_ptr<AuditLog>> Open(const std::string& path);
  ~AuditLog();
  AuditLog(const AuditLog&) = delete;
  AuditLog& operator=(const AuditLog&) = delete;

  // On disk (fdatasync) when this returns Ok. A "begin" also sets room aside for its "end", so that a call that was let
  // in can be told of when it is over. RESOURCE_EXHAUSTED, reason AUDIT_UNWRITABLE; nothing of the record stays then.
  Status Write(const Record& record);

 private:
  AuditLog(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  Status Continue();
  Status Append(const std::string& line);

  std::mutex mutex_;
  const std::string path_;
  const int descriptor_;
  std::int64_t size_ = 0;      // bytes
  std::int64_t sequence_ = 0;  // of the last record
  std::int64_t open_calls_ = 0;
  std::string head_;
};

struct Chain {
  std::int64_t records = 0;
  std::string head;  // hash of the last record
};

// Reads the whole file. DATA_LOSS, reason AUDIT_CHAIN_BROKEN, names the first line that does not follow from the one
// before; NOT_FOUND, reason AUDIT_NOT_FOUND.
Result<Chain> VerifyChain(const std::string& path);

}  // namespace farrell::audit
