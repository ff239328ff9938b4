// All four services in this process, behind one gRPC server.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/program/contradiction_log.h"
#include "common/rpc/server.h"
#include "common/status/status.h"

namespace farrell::cli {

struct EmbeddedOptions {
  std::string state;      // folder, or "memory"
  std::string redis;      // HOST:PORT; empty: none
  int threads = 0;        // 0: one a core
  int cache_disk = 1024;  // MiB of results kept in files of the folder; 0: none
  // Services that run elsewhere and that the embedded ones are to call instead of each other.
  std::string data_target;
  std::string dea_target;
  std::string regression_target;
  // Looks for scheduled runs that are due, and tells these hosts of publications.
  bool schedules = false;
  std::vector<std::string> webhook_hosts{};
  std::string webhook_secret_file{};
  // Told when a result computed again is not the kept one.
  OnContradiction contradicted = LogContradiction;
  // An empty `listen` opens no socket.
  ServerOptions server;
};

class Embedded {
 public:
  virtual ~Embedded() = default;  // stops schedules, which call the server, then the server, then the services
  virtual std::shared_ptr<grpc::Channel> channel() = 0;
  virtual RunningServer& server() = 0;
};

// Errors: STATE_UNUSABLE and the like from the services, ADDRESS_UNAVAILABLE from the server.
Result<std::unique_ptr<Embedded>> StartEmbedded(const EmbeddedOptions& options);

}  // namespace farrell::cli
