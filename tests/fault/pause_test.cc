// Every part of a cluster stands still (SIGSTOP) for a while at random moments, its connections open: the same bytes,
// or a typed error and success on retry, and never a caller who waits for good.
#include <gtest/gtest.h>

#include "tests/fault/trial.h"

namespace farrell::testing {
namespace {

TEST(Pause, EveryPartInTheMiddleOfAStudyAndOfASharedBootstrap) {
  if (const std::string missing = PostgresServer::Missing(); !missing.empty()) GTEST_SKIP() << missing;
  SplitCluster cluster;
  const TempDir dir;
  for (const Workload& workload : {StudyWorkload(), BootstrapWorkload(dir)}) {
    Trials trials(cluster, workload);
    for (const Part& part : cluster.Parts()) {
      const bool unused = part.name == "farrell-regression" || part.name == "farrell-reporting";
      if (workload.name == "bootstrap" && unused) continue;
      // Longer than the 0.25 s a Redis is waited for, and than the second after which a shard counts as abandoned.
      const Trouble trouble{"SIGSTOP 1.5 s " + part.name, part.pause, part.resume, std::chrono::milliseconds(1500)};
      trials.Disturb(trouble, workload.repeats(1));
    }
  }
  EXPECT_EQ(cluster.Remains(), "");
}

}  // namespace
}  // namespace farrell::testing
