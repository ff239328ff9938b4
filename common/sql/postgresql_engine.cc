// PostgreSQL: a server, several programs and machines, transactions that run side by side.
#include <soci/postgresql/soci-postgresql.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <string_view>
#include <utility>
#include <vector>

#include "common/sql/database_url.h"
#include "common/sql/engine.h"
#include "common/sql/libpq.h"
#include "common/sql/postgresql_error.h"

namespace farrell::sql {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

// Held by the program that migrates: programs that start together take their turns.
constexpr const char* kMigrationLock = "SELECT pg_advisory_xact_lock(448345170509)";
// How long a migration may hold up others while it waits for its own lock; then it steps back and tries again.
constexpr const char* kMigrationLockTimeout = "SET LOCAL lock_timeout = '3s'";

// RFC 3986, section 2.1. A connection is asked for by URL because SOCI splits other strings at blanks, quoted or not.
std::string PercentEncoded(std::string_view value) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char character : value) {
    const auto byte = static_cast<unsigned char>(character);
    if (std::isalnum(byte) != 0) {
      encoded += character;
    } else {
      encoded += {'%', kDigits[byte >> 4U], kDigits[byte & 15U]};
    }
  }
  return encoded;
}

void AddDefault(Parameters& parameters, const std::string& name, const std::string& value) {
  const auto given = [&](const auto& parameter) { return parameter.first == name; };
  if (std::none_of(parameters.begin(), parameters.end(), given)) parameters.emplace_back(name, value);
}

Result<std::string> ReadPassword(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string password;
  const auto invalid = [&path](const char* what) {
    return InvalidArgument("DATABASE_PASSWORD_FILE_INVALID", "--database-password-file " + path + " " + what)
        .WithViolations({{"--database-password-file", what}});
  };
  if (!file) return invalid("cannot be read");
  std::getline(file, password);
  if (!password.empty() && password.back() == '\r') password.pop_back();
  if (password.empty()) return invalid("has an empty first line: it must be the password");
  return password;
}

class PostgresqlEngine final : public Engine {
 public:
  PostgresqlEngine(const LibPq& libpq, Parameters parameters, const DatabaseOptions& options)
      : libpq_(libpq),
        parameters_(std::move(parameters)),
        password_file_(options.password_file),
        statement_timeout_(options.statement_timeout),
        watch_([this] { return libpq_.Answers(Url()); }, options.silence) {}

  Status Connect(soci::session& session) override {
    std::string text = Url();
    if (!password_file_.empty()) {
      const Result<std::string> password = ReadPassword(password_file_);
      if (!password.ok()) return Unavailable("STORE_UNAVAILABLE", password.status().message());
      text += "&password=" + PercentEncoded(*password);
    }
    session.open("postgresql", text);
    libpq_.Prepare(ConnectionOf(session));
    std::string encoding;
    session << "SHOW server_encoding", soci::into(encoding);
    if (encoding != "UTF8") {
      return FailedPrecondition("STORE_ENCODING", "the database keeps texts as " + encoding +
                                                      ": make one with ENCODING 'UTF8' and move to it");
    }
    session << "SET client_min_messages = warning";
    session << "SET statement_timeout = " + std::to_string(statement_timeout_.count());
    return Status::Ok();
  }

  bool Lost(soci::session& session) const override { return !libpq_.Connected(ConnectionOf(session)); }

  void Begin(soci::session& session, TransactionKind kind) override {
    switch (kind) {
      case TransactionKind::kRead: session << "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"; return;
      case TransactionKind::kWrite: session << "BEGIN ISOLATION LEVEL SERIALIZABLE"; return;
      case TransactionKind::kMigrate:
        // A serializable transaction would look at the tables as they were before it waited for the lock.
        session << "BEGIN ISOLATION LEVEL READ COMMITTED";
        session << "SET LOCAL statement_timeout = 0";
        session << kMigrationLockTimeout;
        session << kMigrationLock;
        return;
    }
  }

  void Enter(soci::session& session) override { watch_.Begin(&session, libpq_.SocketOf(ConnectionOf(session))); }
  void Leave(soci::session& session) noexcept override { watch_.End(&session); }

  // Statements prepared inside a transaction that failed could not be dropped in it.
  void AfterRollback(soci::session& session) const override { session << "DEALLOCATE ALL"; }

  Failure Explain(const soci::soci_error& error) const override { return ExplainPostgresql(error.get_error_message()); }

  // Texts are ordered by their bytes, as SQLite does, not by the language of the server.
  std::string Dialect(const std::string& statement) const override {
    constexpr std::string_view kText = " TEXT";
    std::string result = statement;
    for (std::size_t at = result.find(kText); at != std::string::npos; at = result.find(kText, at + 1)) {
      result.insert(at + kText.size(), " COLLATE \"C\"");
    }
    return result;
  }

 private:
  std::string Url() const {
    std::string url = "postgresql://?";
    for (const auto& [name, value] : parameters_) url += name + "=" + PercentEncoded(value) + "&";
    url.pop_back();
    return url;
  }

  static PGconn* ConnectionOf(soci::session& session) {
    return static_cast<soci::postgresql_session_backend*>(session.get_backend())->conn_;
  }

  const LibPq& libpq_;
  const Parameters parameters_;
  const std::string password_file_;
  const std::chrono::milliseconds statement_timeout_;
  SilenceWatch watch_;
};

}  // namespace

Result<std::unique_ptr<Engine>> MakePostgresqlEngine(const DatabaseOptions& options) {
  FARRELL_RETURN_IF_ERROR(CheckDatabaseUrl("--database", options.url));
  if (!options.password_file.empty()) FARRELL_RETURN_IF_ERROR(ReadPassword(options.password_file).status());
  FARRELL_ASSIGN_OR_RETURN(const LibPq* libpq, LibPq::Load());
  FARRELL_ASSIGN_OR_RETURN(Parameters parameters, libpq->Parse(options.url));
  AddDefault(parameters, "application_name", "farrell");
  AddDefault(parameters, "client_encoding", "UTF8");
  AddDefault(parameters, "connect_timeout", std::to_string(options.connect_timeout.count()));
  // Of several hosts, the one that takes writes; and a server that vanished is noticed within half a minute.
  AddDefault(parameters, "target_session_attrs", "read-write");
  AddDefault(parameters, "keepalives_idle", "30");
  AddDefault(parameters, "tcp_user_timeout", "30000");
  return std::unique_ptr<Engine>(std::make_unique<PostgresqlEngine>(*libpq, std::move(parameters), options));
}

}  // namespace farrell::sql
