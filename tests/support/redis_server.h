// A real redis-server for tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace farrell::testing {

// Listens on a unix socket in its own folder only; no persistence, so that Stop() loses everything. The address stays
// the same over restarts.
class RedisServer {
 public:
  RedisServer();  // running when constructed

  // For CacheOptions::redis_address and --redis.
  std::string address() const { return "unix:" + dir_ / "redis.sock"; }

  void Start();
  void Stop();    // SIGKILL
  void Pause();   // SIGSTOP: connections stay open, nothing answers
  void Resume();  // SIGCONT

  // redis-cli on this server; its output without the last newline.
  std::string Cli(std::vector<std::string> arguments) const;

 private:
  TempDir dir_;
  std::unique_ptr<Process> process_;
};

}  // namespace farrell::testing
