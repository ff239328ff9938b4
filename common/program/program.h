// What the four server programs share: flags, their environment variables, the log, and exit codes.
//
// A value comes from the flag, else from the environment variable, else from the default. An unknown flag or a bad
// value ends the program with code 2 before any port is opened.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "common/rpc/server.h"
#include "common/status/status.h"

namespace farrell {

// What the command line and the environment say. Not reloadable.
struct ProgramSettings {
  // --listen, --reflection, --port-file, --grace.
  ServerOptions server;
  // --state, $FARRELL_STATE, $XDG_STATE_HOME/farrell, ~/.local/state/farrell; "memory" keeps nothing.
  std::string state{};
  // --redis, $FARRELL_REDIS: HOST:PORT or unix:PATH; empty: no Redis.
  std::string redis{};
  // --threads, $FARRELL_THREADS: threads for computing, in [1, 1024]; given as 0: one a core (CpuCount).
  int threads = 0;
  // --data, --dea, --regression; $FARRELL_DATA, $FARRELL_DEA, $FARRELL_REGRESSION.
  std::string data = "127.0.0.1:7401";
  std::string dea = "127.0.0.1:7402";
  std::string regression = "127.0.0.1:7403";
};

class Program {
 public:
  // `name` as typed, `purpose` for --help, `listen` the default address.
  Program(std::string name, const std::string& purpose, std::string listen);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Each adds the flags of the settings named; the others cannot be given.
  void TakesState();
  void TakesRedis();
  void TakesThreads();
  void CallsData();
  void CallsDea();
  void CallsRegression();

  // Prepares signals and the numeric environment, reads the flags and calls `serve`, which returns when the program is
  // to end. Exit code: 0 done; 1 when `serve` failed (the error goes to stderr); 2 for bad usage; --help, --version and
  // --print-config print and give 0.
  int Run(int argc, char** argv, const std::function<Status(const ProgramSettings&)>& serve);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace farrell
