// A real redis-server for tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace farrell::testing {

// A TCP port of 127.0.0.1 that nobody listens on at this moment.
int FreePort();

// Listens on a unix socket in its own folder, and on what `flags` add; no persistence, so that Stop() loses everything.
// The address stays the same over restarts.
class RedisServer {
 public:
  // Running when constructed. `flags`: more of redis-server's own.
  explicit RedisServer(std::vector<std::string> flags = {});

  // For redis::Options::address and --redis.
  std::string address() const { return "unix:" + dir_ / "redis.sock"; }
  const TempDir& dir() const { return dir_; }

  void Start();
  void Stop();    // SIGKILL
  void Pause();   // SIGSTOP: connections stay open, nothing answers
  void Resume();  // SIGCONT

  // redis-cli on this server; its output without the last newline.
  std::string Cli(std::vector<std::string> arguments) const;

 private:
  const std::vector<std::string> flags_;
  TempDir dir_;
  std::unique_ptr<Process> process_;
};

// A master, a replica and three sentinels on ports of 127.0.0.1. A master that is gone is replaced in a second or two.
class RedisGroup {
 public:
  RedisGroup();

  // "sentinel:…/farrell".
  std::string address() const;
  // What the sentinels call the master now: 0 the first server, 1 the second; -1: they do not say.
  int master() const;
  RedisServer& server(int index) { return *servers_[static_cast<std::size_t>(index)]; }
  std::string Endpoint(int index) const {
    return "127.0.0.1:" + std::to_string(ports_[static_cast<std::size_t>(index)]);
  }

 private:
  TempDir dir_;
  std::vector<int> ports_;
  std::vector<std::unique_ptr<RedisServer>> servers_;
  std::vector<int> sentinel_ports_;
  std::vector<std::unique_ptr<Process>> sentinels_;
};

}  // namespace farrell::testing
