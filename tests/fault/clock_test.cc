// Clocks that are wrong and jump (Debian: faketime): leases, claims of shards, deadlines and results do not depend on
// them. docs/operations/faults.md lists what does; integration_clocks_test tries whose clock that is.
#include <gtest/gtest.h>

#include "tests/fault/trial.h"
#include "tests/support/fake_clock.h"

namespace farrell::testing {
namespace {

TEST(Clock, AnHourOffAndJumping) {
  if (const std::string missing = PostgresServer::Missing(); !missing.empty()) GTEST_SKIP() << missing;
  const std::vector<Workload> workloads = [] {
    static const TempDir dir;
    return std::vector<Workload>{StudyWorkload(), BootstrapWorkload(dir)};
  }();
  const std::string fault = "clock of dea, regression, solvers +1 h, jumps to -1 h";
  if (const std::string skipped = FakeClock::Missing(); !skipped.empty()) {
    for (const Workload& workload : workloads) {
      LeaveFaultLine({.fault = fault, .workload = workload.name, .skipped = skipped});
    }
    GTEST_SKIP() << skipped;
  }
  const TempDir dir;
  const FakeClock clock(dir / "offset");
  clock.Set("+1h");
  SplitCluster cluster({.computing = {.environment = clock.environment()}});
  for (const Workload& workload : workloads) {
    Trials trials(cluster, workload);
    const FaultLine line =
        trials.Disturb({fault, [&] { clock.Set("-1h"); }, [&] { clock.Set("+1h"); }}, workload.repeats(2));
    EXPECT_EQ(line.typed_errors, 0) << workload.name;
  }
  EXPECT_EQ(cluster.Remains(), "");
}

}  // namespace
}  // namespace farrell::testing
