#include "common/sql/database.h"

#include <algorithm>
#include <filesystem>
#include <random>
#include <thread>

#include "common/sql/engine.h"
#include "common/sql/transaction.h"

namespace farrell::sql {
namespace {

constexpr int kLeaseMilliseconds = 30'000;
// With pauses that double from 1 ms to 128 ms: about two seconds in all.
constexpr int kAttempts = 20;

bool IsMemory(const std::string& path) { return path == ":memory:" || path == "memory"; }

// Transactions that met each other must not meet again: the pause is drawn at random. No result depends on it.
void Pause(int attempt) {
  thread_local std::minstd_rand random(std::random_device{}());
  const int longest = 1 << std::min(attempt, 7);
  std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution<int>(1, longest)(random)));
}

// A session of the pool for the life of this object.
class Lease {
 public:
  explicit Lease(soci::connection_pool& pool) : pool_(pool), held_(pool.try_lease(position_, kLeaseMilliseconds)) {}
  ~Lease() {
    if (held_) pool_.give_back(position_);
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  bool held() const { return held_; }
  soci::session& session() { return pool_.at(position_); }

 private:
  soci::connection_pool& pool_;
  std::size_t position_ = 0;
  bool held_;
};

Status Reconnect(Engine& engine, soci::session& session) {
  try {
    if (session.get_backend() != nullptr) session.close();
    Status status = engine.Connect(session);
    if (!status.ok() && session.get_backend() != nullptr) session.close();
    return status;
  } catch (const soci::soci_error& error) {
    if (session.get_backend() != nullptr) session.close();
    return engine.Explain(error).status;
  }
}

bool IsOpen(const Engine& engine, soci::session& session) {
  return session.get_backend() != nullptr && !engine.Lost(session);
}

// One transaction, and how far it came.
struct Attempt {
  Failure failure;  // ok: done
  bool began = false;
};

Attempt Try(Engine& engine, soci::session& session, TransactionKind kind,
            const std::function<Status(soci::session&)>& body) {
  Attempt attempt;
  engine.Enter(session);
  try {
    Transaction transaction(engine, session, kind);
    attempt.began = true;
    attempt.failure.status = body(session);
    if (attempt.failure.status.ok()) transaction.Commit();
  } catch (const soci::soci_error& error) {
    attempt.failure = engine.Explain(error);
  } catch (...) {
    engine.Leave(session);
    throw;
  }
  engine.Leave(session);
  return attempt;
}

}  // namespace

Database::Database(std::unique_ptr<Engine> engine, std::size_t sessions)
    : engine_(std::move(engine)), pool_(engine_->Sessions(sessions)) {}
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options) {
  std::unique_ptr<Engine> engine;
  if (!options.url.empty()) {
    FARRELL_ASSIGN_OR_RETURN(engine, MakePostgresqlEngine(options));
  } else if (options.path.empty()) {
    return InvalidArgument("STORE_PATH_MISSING", "the store needs a path or \":memory:\"");
  } else if (options.path.find('"') != std::string::npos) {
    return InvalidArgument("STORE_PATH_INVALID", "the path of the store must not contain a double quote");
  } else {
    engine = MakeSqliteEngine(IsMemory(options.path) ? ":memory:" : options.path);
  }
  const auto sessions = static_cast<std::size_t>(std::clamp(options.sessions, 1, 64));
  std::unique_ptr<Database> database(new Database(std::move(engine), sessions));
  FARRELL_RETURN_IF_ERROR(Reconnect(*database->engine_, database->pool_.at(0)));
  return database;
}

Status Database::Run(TransactionKind kind, const std::function<Status(soci::session&)>& body) {
  bool reconnected = false;
  for (int number = 1;; ++number) {
    Attempt attempt;
    {
      Lease lease(pool_);
      if (!lease.held()) {
        return {Code::kAborted, "STORE_BUSY", "every connection to the store has been in use for 30 s: try again"};
      }
      soci::session& session = lease.session();
      if (!IsOpen(*engine_, session)) FARRELL_RETURN_IF_ERROR(Reconnect(*engine_, session));
      attempt = Try(*engine_, session, kind, body);
      if (attempt.failure.drop_session) session.close();
      // A connection that died while nobody used it: nothing was asked of it yet.
      if (!attempt.began && !reconnected && attempt.failure.drop_session) {
        reconnected = true;
        continue;
      }
    }
    if (!attempt.failure.transient || number == kAttempts) return attempt.failure.status;
    Pause(number);
  }
}

DatabaseOptions DatabaseAt(const std::string& state, const std::string& url, const std::string& password_file) {
  if (!url.empty()) return {.url = url, .password_file = password_file};
  return {.path = DatabasePath(state)};
}

std::string DatabasePath(const std::string& state) {
  if (IsMemory(state)) return ":memory:";
  return (std::filesystem::path(state) / "farrell.db").string();
}

Status Read(Database& database, const std::function<Status(soci::session&)>& body) {
  return database.Run(TransactionKind::kRead, body);
}

Status Write(Database& database, const std::function<Status(soci::session&)>& body) {
  return database.Run(TransactionKind::kWrite, body);
}

}  // namespace farrell::sql
