// A real PostgreSQL server for tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace farrell::testing {

// Listens on a unix socket in its own folder only; the user `farrell` may do everything and needs no password. It runs
// as user postgres, or nobody, when the test runs as root, because PostgreSQL refuses root.
class PostgresServer {
 public:
  // Why this machine cannot run one; empty when it can. A test then skips and says so.
  static std::string Missing();

  // Running when constructed. `settings` go to postgresql.conf: "port = 5555".
  explicit PostgresServer(const std::vector<std::string>& settings = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // Makes an empty database whose texts are sorted as English is, unlike the bytes; its URL for --database.
  std::string CreateDatabase();
  std::string url(const std::string& database) const;
  // Folder of the socket, the data and the log; readable by the server.
  const std::filesystem::path& folder() const { return dir_.path(); }

  void Start();
  void Kill();   // SIGKILL: what was committed stays, what was not is gone
  void Stop();   // an orderly end
  void Pause();  // SIGSTOP to all of it: connections stay open, nothing answers
  void Resume();

  // Ends every connection to the databases of this server.
  void TerminateConnections() const;

  // psql on this server; its output, unaligned and without the last newline.
  std::string Psql(const std::string& statement, const std::string& database = "postgres") const;

  // Gives a file or folder to the user the server runs as.
  void GiveTo(const std::string& path) const;

 private:
  void SignalBackends(int signal) const;
  std::string data() const { return dir_ / "data"; }
  std::string log() const { return ReadFile(dir_ / "postgres.log"); }

  TempDir dir_;
  int databases_ = 0;
  std::unique_ptr<Process> process_;
};

}  // namespace farrell::testing
