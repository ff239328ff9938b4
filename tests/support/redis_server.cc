#include "tests/support/redis_server.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace farrell::testing {
namespace {

std::string RunCli(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "redis-cli");
  std::string output = RunToEnd(arguments).output;
  while (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

constexpr const char* kGroup = "farrell";

}  // namespace

int FreePort() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(probe, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("no free port");
  }
  close(probe);
  return ntohs(address.sin_port);
}

RedisServer::RedisServer(std::vector<std::string> flags) : flags_(std::move(flags)) { Start(); }

void RedisServer::Start() {
  std::vector<std::string> command = {
      "redis-server", "--port", "0",     "--unixsocket",      dir_ / "redis.sock", "--save", "",
      "--appendonly", "no",     "--dir", dir_.path().string()};
  command.insert(command.end(), flags_.begin(), flags_.end());
  process_ = std::make_unique<Process>(command, dir_ / "redis.log");
  const auto answers = [this] {
    const std::string answer = Cli({"PING"});
    return answer == "PONG" || answer.starts_with("NOAUTH");
  };
  if (!Eventually(answers)) throw std::runtime_error("redis-server did not start: " + ReadFile(dir_ / "redis.log"));
}

void RedisServer::Stop() { process_->Kill(); }
void RedisServer::Pause() { process_->Signal(SIGSTOP); }
void RedisServer::Resume() { process_->Signal(SIGCONT); }

std::string RedisServer::Cli(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"-s", dir_ / "redis.sock"});
  return RunCli(std::move(arguments));
}

RedisGroup::RedisGroup() {
  for (int index = 0; index < 2; ++index) {
    ports_.push_back(FreePort());
    std::vector<std::string> flags = {"--bind", "127.0.0.1", "--port", std::to_string(ports_.back())};
    if (index == 1) {
      flags.insert(flags.end(),
                   {"--replicaof", "127.0.0.1 " + std::to_string(ports_[0]), "--repl-diskless-sync-delay", "0"});
    }
    servers_.push_back(std::make_unique<RedisServer>(flags));
  }
  const auto following = [this] { return server(1).Cli({"ROLE"}).find("connected") != std::string::npos; };
  if (!Eventually(following)) throw std::runtime_error("the replica does not follow the master");
  for (int index = 0; index < 3; ++index) {
    const int port = FreePort();
    const std::string file = dir_ / ("sentinel" + std::to_string(index) + ".conf");
    const std::string name = kGroup;
    WriteFile(file, "bind 127.0.0.1\nport " + std::to_string(port) + "\ndir " + dir_.path().string() +
                        "\nsentinel monitor " + name + " 127.0.0.1 " + std::to_string(ports_[0]) + " 2\n" +
                        "sentinel down-after-milliseconds " + name + " 500\nsentinel failover-timeout " + name +
                        " 2000\n");
    sentinel_ports_.push_back(port);
    sentinels_.push_back(std::make_unique<Process>(std::vector<std::string>{"redis-server", file, "--sentinel"},
                                                   dir_ / ("sentinel" + std::to_string(index) + ".log")));
  }
  const auto agreed = [this] {
    for (const int port : sentinel_ports_) {
      const std::string state = RunCli({"-p", std::to_string(port), "INFO", "sentinel"});
      if (state.find("slaves=1,sentinels=3") == std::string::npos) return false;
    }
    return true;
  };
  if (!Eventually(agreed)) throw std::runtime_error("the sentinels do not find each other");
}

std::string RedisGroup::address() const {
  std::string text = "sentinel:";
  for (const int port : sentinel_ports_)
    text += (text.back() == ':' ? "" : ",") + ("127.0.0.1:" + std::to_string(port));
  return text + "/" + kGroup;
}

int RedisGroup::master() const {
  const std::string answer =
      RunCli({"-p", std::to_string(sentinel_ports_[0]), "SENTINEL", "get-master-addr-by-name", kGroup});
  for (int index = 0; index < 2; ++index) {
    if (answer == "127.0.0.1\n" + std::to_string(ports_[static_cast<std::size_t>(index)])) return index;
  }
  return -1;
}

}  // namespace farrell::testing
