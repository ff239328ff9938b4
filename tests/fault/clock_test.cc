// Clocks that are wrong and jump (Debian: faketime): leases, claims of shards, deadlines and results do not depend on
// them. docs/operations/faults.md lists what does.
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/fault/trial.h"

namespace farrell::testing {
namespace {

const std::string kLibrary = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

TEST(Clock, AnHourOffAndJumping) {
  if (const std::string missing = PostgresServer::Missing(); !missing.empty()) GTEST_SKIP() << missing;
  const std::vector<Workload> workloads = [] {
    static const TempDir dir;
    return std::vector<Workload>{StudyWorkload(), BootstrapWorkload(dir)};
  }();
  const std::string fault = "clock of dea, regression, solvers +1 h, jumps to -1 h";
  if (!std::filesystem::exists(kLibrary)) {
    const std::string skipped = "libfaketime is not installed (Debian: faketime)";
    for (const Workload& workload : workloads) {
      LeaveFaultLine({.fault = fault, .workload = workload.name, .skipped = skipped});
    }
    GTEST_SKIP() << skipped;
  }
  const TempDir dir;
  const std::string offset = dir / "offset";
  const auto set = [&](const std::string& text) { WriteFile(offset, text + "\n"); };
  set("+1h");
  SplitCluster cluster({.computing = {.environment = {{"LD_PRELOAD", kLibrary},
                                                      {"FAKETIME_TIMESTAMP_FILE", offset},
                                                      {"FAKETIME_NO_CACHE", "1"},
                                                      {"FAKETIME_DONT_FAKE_MONOTONIC", "1"}}}});
  for (const Workload& workload : workloads) {
    Trials trials(cluster, workload);
    const FaultLine line = trials.Disturb({fault, [&] { set("-1h"); }, [&] { set("+1h"); }}, workload.repeats(2));
    EXPECT_EQ(line.typed_errors, 0) << workload.name;
  }
  EXPECT_EQ(cluster.Remains(), "");
}

}  // namespace
}  // namespace farrell::testing
