#include "tests/support/redis_server.h"

#include <signal.h>

#include <stdexcept>

namespace farrell::testing {

RedisServer::RedisServer() { Start(); }

void RedisServer::Start() {
  process_ = std::make_unique<Process>(
      std::vector<std::string>{"redis-server", "--port", "0", "--unixsocket", dir_ / "redis.sock", "--save", "",
                               "--appendonly", "no", "--dir", dir_.path().string()},
      dir_ / "redis.log");
  if (!Eventually([this] { return Cli({"PING"}) == "PONG"; })) {
    throw std::runtime_error("redis-server did not start: " + ReadFile(dir_ / "redis.log"));
  }
}

void RedisServer::Stop() { process_->Kill(); }
void RedisServer::Pause() { process_->Signal(SIGSTOP); }
void RedisServer::Resume() { process_->Signal(SIGCONT); }

std::string RedisServer::Cli(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"redis-cli", "-s", dir_ / "redis.sock"});
  std::string output = RunToEnd(arguments).output;
  while (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

}  // namespace farrell::testing
