// SQLite: one file, several processes, one writer at a time.
#include <soci/sqlite3/soci-sqlite3.h>

#include <chrono>
#include <filesystem>
#include <string_view>
#include <thread>

#include "common/sql/engine.h"

namespace farrell::sql {
namespace {

constexpr int kBusySeconds = 10;
constexpr std::string_view kMemory = ":memory:";

// The switch to WAL takes an exclusive lock and does not wait for it, so two programs that create one file at the same
// moment have to try again.
void SwitchToWal(soci::session& session) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(kBusySeconds);
  for (;;) {
    try {
      std::string mode;
      session << "PRAGMA journal_mode = WAL", soci::into(mode);
      return;
    } catch (const soci::sqlite3_soci_error& error) {
      const bool busy = error.result() == SQLITE_BUSY || error.result() == SQLITE_LOCKED;
      if (!busy || std::chrono::steady_clock::now() > give_up) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
}

Status Full(std::string_view text) {
  return {Code::kResourceExhausted, "STORE_FULL",
          "the store cannot write, what it holds can still be read: make room on its disk (" + std::string(text) + ")"};
}

class SqliteEngine final : public Engine {
 public:
  explicit SqliteEngine(std::string path) : path_(std::move(path)) {}

  std::size_t Sessions(std::size_t wanted) const override { return InMemory() ? 1 : wanted; }

  Status Connect(soci::session& session) override {
    if (!InMemory()) {
      std::error_code failed;
      const auto parent = std::filesystem::path(path_).parent_path();
      if (!parent.empty()) std::filesystem::create_directories(parent, failed);
      if (failed) return Unavailable("STORE_UNAVAILABLE", "cannot make " + parent.string() + ": " + failed.message());
    }
    // SOCI's connection string has no escapes but double quotes around a value.
    session.open(soci::sqlite3, "dbname=\"" + path_ + "\" timeout=" + std::to_string(kBusySeconds));
    if (!InMemory()) SwitchToWal(session);
    session << "PRAGMA foreign_keys = ON";
    session << "PRAGMA synchronous = NORMAL";
    return Status::Ok();
  }

  bool Lost(soci::session&) const override { return false; }

  // A writer says so at the start: one that began as reader could not wait for another.
  void Begin(soci::session& session, TransactionKind kind) override {
    session << (kind == TransactionKind::kRead ? "BEGIN" : "BEGIN IMMEDIATE");
  }

  void AfterRollback(soci::session&) const override {}

  Failure Explain(const soci::soci_error& error) const override {
    const std::string text = error.what();
    const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
    switch (sqlite == nullptr ? SQLITE_CANTOPEN : sqlite->result() & 0xff) {
      case SQLITE_FULL:
      case SQLITE_IOERR:  // what a limit on the size of files and some file systems give for a full disk
        return {Full(text)};
      case SQLITE_BUSY:
      case SQLITE_LOCKED:
        return {{Code::kAborted, "STORE_BUSY", "other programs kept the store busy: try again (" + text + ")"}};
      case SQLITE_CORRUPT:
      case SQLITE_NOTADB:
        return {{Code::kDataLoss, "STORE_CORRUPT", "the store is damaged: restore a backup (" + text + ")"}};
      case SQLITE_CONSTRAINT:
        if (text.find("UNIQUE") == std::string::npos) break;
        return {{Code::kAlreadyExists, "STORE_DUPLICATE", "a row with this key is in the store already: " + text}};
      case SQLITE_CANTOPEN:
      case SQLITE_PERM:
      case SQLITE_READONLY: return {Unavailable("STORE_UNAVAILABLE", "the store cannot be used: " + text)};
      default:
        // Older SOCI reports some errors without their number.
        if (text.find("disk is full") != std::string::npos || text.find("disk I/O") != std::string::npos) {
          return {Full(text)};
        }
        break;
    }
    return {Internal("STORE_FAILED", "the store refused a statement: " + text)};
  }

  std::string Dialect(const std::string& statement) const override { return statement; }

 private:
  bool InMemory() const { return path_ == kMemory; }

  std::string path_;
};

}  // namespace

std::unique_ptr<Engine> MakeSqliteEngine(const std::string& path) { return std::make_unique<SqliteEngine>(path); }

}  // namespace farrell::sql
