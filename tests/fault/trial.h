// One workload beside disturbances: what came out of every run of it.
#pragma once

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "tests/fault/split_cluster.h"
#include "tests/support/fault_table.h"
#include "tests/support/long_run.h"

namespace farrell::testing {

// A command of farrell whose result is a folder of files or what it prints.
struct Workload {
  std::string name;
  std::vector<std::string> arguments;
  bool prints = false;  // else it takes --out FOLDER
  int more_when_long = 1;

  // How often to disturb it where `brief` times are enough for a short suite.
  int repeats(int brief) const { return LongRun() ? brief * more_when_long : brief; }
};

// The US study: 20 steps and a report.
Workload StudyWorkload();
// A bootstrap shared with solvers in about 700 shards, FARRELL_LONG: over 10,000. The table is written into `dir`.
Workload BootstrapWorkload(const TempDir& dir);

// Something goes wrong at a random moment of a run, and is set right again a while later.
struct Trouble {
  std::string name;
  std::function<void()> begin;
  std::function<void()> end;
  std::chrono::milliseconds lasts{300};
};

// The seed of all random moments: FARRELL_SEED, or one from the system; printed when first asked for.
std::mt19937& FaultRandom();

// Runs the workload undisturbed, then `times` times with a trouble, from nothing every time, and leaves the line of all
// runs with this trouble. A run that ends with a typed error is repeated, undisturbed.
class Trials {
 public:
  Trials(SplitCluster& cluster, Workload workload);
  // `environment` tells farrell where the services are, `forget` takes away what they have computed.
  Trials(std::map<std::string, std::string> environment, std::function<void()> forget, Workload workload);
  FaultLine Disturb(const Trouble& trouble, int times);

 private:
  struct Outcome {
    int exit_code = -1;
    std::string bytes;  // of the result
    std::string log;
    double seconds = 0;
    bool ended = false;
    bool met = false;  // it was under way when the trouble began
  };
  Outcome Run(const Trouble* trouble);

  const std::map<std::string, std::string> environment_;
  const std::function<void()> forget_;
  const Workload workload_;
  TempDir dir_;
  int runs_ = 0;
  Outcome undisturbed_;
  std::map<std::string, FaultLine> lines_;  // by the name of the trouble
};

}  // namespace farrell::testing
