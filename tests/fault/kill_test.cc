// kill -9 of every part of a cluster at random moments, and a restart: the caller sees the same bytes and no error.
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/fault/trial.h"

namespace farrell::testing {
namespace {

class Kill : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = PostgresServer::Missing(); !missing.empty()) GTEST_SKIP() << missing;
  }

  // Every part, over and over, under the workload.
  static void EveryPart(SplitCluster& cluster, const Workload& workload, const std::vector<std::string>& spared) {
    Trials trials(cluster, workload);
    for (const Part& part : cluster.Parts()) {
      if (std::count(spared.begin(), spared.end(), part.name) > 0) continue;
      trials.Disturb({"kill -9 " + part.name, part.kill, part.start}, workload.repeats(2));
    }
    EXPECT_EQ(cluster.Remains(), "");
  }
};

TEST_F(Kill, InTheMiddleOfAStudy) {
  SplitCluster cluster;
  EveryPart(cluster, StudyWorkload(), {});
}

TEST_F(Kill, InTheMiddleOfASharedBootstrap) {
  SplitCluster cluster;
  const TempDir dir;
  EveryPart(cluster, BootstrapWorkload(dir), {"farrell-regression", "farrell-reporting"});
}

}  // namespace
}  // namespace farrell::testing
