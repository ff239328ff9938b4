#include "tests/support/postgres_server.h"

#include <pwd.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace farrell::testing {
namespace {

// The folder of initdb and postgres: Debian keeps them out of PATH, one folder a version.
std::string Binaries() {
  std::vector<std::string> found;
  std::error_code none;
  for (const auto& version : std::filesystem::directory_iterator("/usr/lib/postgresql", none)) {
    if (std::filesystem::exists(version.path() / "bin/initdb")) found.push_back((version.path() / "bin").string());
  }
  return found.empty() ? std::string() : *std::max_element(found.begin(), found.end());
}

// Whom the server runs as when the test is root; nullptr when it is not.
const passwd* Unprivileged() {
  if (geteuid() != 0) return nullptr;
  const passwd* user = getpwnam("postgres");
  return user != nullptr ? user : getpwnam("nobody");
}

// The command, run as that user.
std::vector<std::string> AsServer(std::vector<std::string> command) {
  const passwd* user = Unprivileged();
  if (user == nullptr) return command;
  command.insert(command.begin(), {"setpriv", "--reuid=" + std::to_string(user->pw_uid),
                                   "--regid=" + std::to_string(user->pw_gid), "--clear-groups"});
  return command;
}

}  // namespace

std::string PostgresServer::Missing() {
  if (Binaries().empty()) return "no PostgreSQL server is installed (Debian: postgresql)";
  if (geteuid() == 0 && Unprivileged() == nullptr) return "PostgreSQL refuses root, and there is no other user here";
  return {};
}

PostgresServer::PostgresServer(const std::vector<std::string>& settings) {
  GiveTo(dir_.path().string());
  const Finished made =
      RunToEnd(AsServer({Binaries() + "/initdb", "--pgdata", data(), "--username", "farrell", "--auth", "trust",
                         "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"}));
  if (made.exit_code != 0) throw std::runtime_error("initdb failed:\n" + made.output);
  std::ofstream configuration(data() + "/postgresql.conf", std::ios::app);
  configuration << "\nlisten_addresses = ''\nunix_socket_directories = '" << dir_.path().string()
                << "'\n"
                   // Only a machine that loses power needs these, and tests end processes.
                   "fsync = off\nfull_page_writes = off\nautovacuum = off\nshared_buffers = '16MB'\n";
  for (const std::string& setting : settings) configuration << setting << '\n';
  configuration.close();
  Start();
}

PostgresServer::~PostgresServer() {
  if (process_ && process_->running()) Stop();
}

void PostgresServer::Start() {
  // Children of a server that was killed may still be leaving: PostgreSQL then refuses to start.
  const bool started = Eventually([this] {
    if (!process_ || !process_->running()) {
      process_ = std::make_unique<Process>(AsServer({Binaries() + "/postgres", "-D", data()}), dir_ / "postgres.log");
    }
    return Psql("SELECT 'ready'") == "ready";
  });
  if (!started) throw std::runtime_error("postgres did not start:\n" + log());
}

void PostgresServer::SignalBackends(int signal) const {
  const std::string self = std::to_string(process_->pid());
  std::istringstream children(ReadFile("/proc/" + self + "/task/" + self + "/children"));
  for (pid_t child = 0; children >> child;) kill(child, signal);
}

void PostgresServer::Kill() {
  // A backend outlives its postmaster by the statement it is in: all of them go at once, and none is added meanwhile.
  process_->Signal(SIGSTOP);
  SignalBackends(SIGKILL);
  process_->Kill();
}

void PostgresServer::Pause() {
  process_->Signal(SIGSTOP);
  SignalBackends(SIGSTOP);
}

void PostgresServer::Resume() {
  SignalBackends(SIGCONT);
  process_->Signal(SIGCONT);
}

void PostgresServer::Stop() {
  process_->Signal(SIGINT);  // "fast": connections are ended
  if (!process_->Wait(std::chrono::seconds(20))) process_->Kill();
}

std::string PostgresServer::CreateDatabase() {
  const std::string name = "test_" + std::to_string(++databases_);
  const std::string made =
      Psql("CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en'");
  if (made != "CREATE DATABASE") throw std::runtime_error("no database: " + made);
  return url(name);
}

std::string PostgresServer::url(const std::string& database) const {
  return "postgresql:///" + database + "?host=" + dir_.path().string() + "&user=farrell";
}

void PostgresServer::TerminateConnections() const {
  Psql(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname <> 'postgres' AND pid <> "
      "pg_backend_pid()");
}

std::string PostgresServer::Psql(const std::string& statement, const std::string& database) const {
  std::string output =
      RunToEnd({"psql", "-X", "-A", "-t", "-h", dir_.path().string(), "-U", "farrell", "-d", database, "-c", statement})
          .output;
  while (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

void PostgresServer::GiveTo(const std::string& path) const {
  const passwd* user = Unprivileged();
  if (user != nullptr && chown(path.c_str(), user->pw_uid, user->pw_gid) != 0) {
    throw std::runtime_error("cannot give " + path + " to " + user->pw_name);
  }
}

}  // namespace farrell::testing
