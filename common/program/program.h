// What the server programs share: their settings (settings.h says where a value comes from), the log, and exit codes.
//
// An unknown or bad setting ends the program with code 2 before any port is opened, and all of them are named.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/admission/admission_settings.h"
#include "common/observe/observation.h"
#include "common/program/security.h"
#include "common/program/settings.h"
#include "common/redis/connection.h"
#include "common/rpc/server.h"
#include "common/status/status.h"

namespace farrell {

// The settings of all programs; each program takes some. Not reloadable.
struct ProgramSettings {
  // AddServerSettings; threads and stations follow from the settings below.
  ServerOptions server;
  SecuritySettings security;
  ObservationSettings observation;
  // Observation::spans of this program.
  std::shared_ptr<CallStation> spans{};
  AdmissionSettings admission;
  // --redis and what belongs to it: the cache that results are shared through; without an address: none.
  redis::Options redis{};
  // --coordination and what belongs to it: who computes what, and the queue; not given: the same as `redis`.
  redis::Options coordination{};
  // --threads: threads for computing, in [1, 1024]; given as 0: one a core (CpuCount).
  int threads = 0;
  // --data, --dea, --regression.
  std::string data = "127.0.0.1:7401";
  std::string dea = "127.0.0.1:7402";
  std::string regression = "127.0.0.1:7403";
};

// --listen, --port-file, --reflection, --grace, --drain-delay.
void AddServerSettings(SettingTable& table, ServerOptions& server);

class Program {
 public:
  // `name` as typed, `purpose` for --help, `listen` the default address.
  Program(std::string name, const std::string& purpose, std::string listen);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Each adds the flags of the settings named; the others cannot be given.
  void TakesRedis();
  // --coordination alone: quotas of principals are counted there.
  void TakesCoordination();
  void TakesThreads();
  void CallsData();
  void CallsDea();
  void CallsRegression();

  // The revision of the algorithms whose results this program computes; a label of its metrics.
  void Computes(int algo_rev);

  // Settings of the program's own; a line each, before Run.
  SettingTable& settings();

  // Prepares signals and the numeric environment, reads the settings and calls `serve`, which returns when the program
  // is to end. Exit code: 0 done; 1 when `serve` failed (the error goes to stderr); 2 for bad usage; --help, --version
  // and
  // --print-config print and give 0.
  int Run(int argc, char** argv, const std::function<Status(const ProgramSettings&)>& serve);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace farrell
