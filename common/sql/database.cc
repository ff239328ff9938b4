#include "common/sql/database.h"

#include <soci/sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string_view>
#include <thread>

#include "common/sql/transaction.h"

namespace farrell::sql {
namespace {

constexpr int kBusySeconds = 10;

Status FromException(const std::exception& error) {
  const std::string_view text = error.what();
  if (text.find("disk is full") != std::string_view::npos || text.find("disk I/O") != std::string_view::npos) {
    return {Code::kResourceExhausted, "STORE_FULL", "the store cannot write: " + std::string(text)};
  }
  return Unavailable("STORE_UNAVAILABLE", "the store cannot be used: " + std::string(text));
}

bool IsMemory(const std::string& path) { return path == ":memory:" || path == "memory"; }

// SOCI's connection string has no escapes but double quotes around a value.
std::string ConnectionString(const std::string& path) {
  return "dbname=\"" + path + "\" timeout=" + std::to_string(kBusySeconds);
}

// The switch to WAL takes an exclusive lock and does not wait for it, so two programs that create one file at the same
// moment have to try again.
void SwitchToWal(soci::session& session) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(kBusySeconds);
  for (;;) {
    try {
      std::string mode;
      session << "PRAGMA journal_mode = WAL", soci::into(mode);
      return;
    } catch (const soci::soci_error&) {
      if (std::chrono::steady_clock::now() > give_up) throw;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
}

template <typename Transaction>
Status Run(Database& database, const std::function<Status(soci::session&)>& body) {
  try {
    soci::session session(database.pool());
    Transaction transaction(session);
    FARRELL_RETURN_IF_ERROR(body(session));
    transaction.Commit();
    return Status::Ok();
  } catch (const soci::soci_error& error) {
    return FromException(error);
  }
}

}  // namespace

Result<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options) {
  if (options.path.empty()) return InvalidArgument("STORE_PATH_MISSING", "the store needs a path or \":memory:\"");
  if (options.path.find('"') != std::string::npos) {
    return InvalidArgument("STORE_PATH_INVALID", "the path of the store must not contain a double quote");
  }
  const bool memory = IsMemory(options.path);
  const auto count = memory ? std::size_t{1} : static_cast<std::size_t>(std::clamp(options.sessions, 1, 64));
  try {
    if (!memory) {
      const auto parent = std::filesystem::path(options.path).parent_path();
      if (!parent.empty()) std::filesystem::create_directories(parent);
    }
    auto pool = std::make_unique<soci::connection_pool>(count);
    for (std::size_t index = 0; index < count; ++index) {
      soci::session& session = pool->at(index);
      session.open(soci::sqlite3, ConnectionString(memory ? ":memory:" : options.path));
      if (!memory) SwitchToWal(session);
      session << "PRAGMA foreign_keys = ON";
      session << "PRAGMA synchronous = NORMAL";
    }
    return std::unique_ptr<Database>(new Database(std::move(pool)));
  } catch (const soci::soci_error& error) {
    return FromException(error);
  } catch (const std::filesystem::filesystem_error& error) {
    return FromException(error);
  }
}

std::string DatabasePath(const std::string& state) {
  if (IsMemory(state)) return ":memory:";
  return (std::filesystem::path(state) / "farrell.db").string();
}

Status Read(Database& database, const std::function<Status(soci::session&)>& body) {
  return Run<ReadTransaction>(database, body);
}

Status Write(Database& database, const std::function<Status(soci::session&)>& body) {
  return Run<WriteTransaction>(database, body);
}

}  // namespace farrell::sql
