#include "services/reporting/engine/schedule/run_identity.h"

#include <gtest/gtest.h>

#include <set>

namespace farrell::reporting::schedule {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RunIdentityTest, IsAFunctionOfScheduleTimeAndSnapshot) {
  const Moment noon{seconds(1'800'000'000)};
  const std::string identity = RunIdentity("s", noon, "d");
  EXPECT_EQ(identity.size(), 32U);
  EXPECT_EQ(RunIdentity("s", noon, "d"), identity);
  const std::set<std::string> all = {identity, RunIdentity("t", noon, "d"), RunIdentity("s", noon + seconds(1), "d"),
                                     RunIdentity("s", noon, "e")};
  EXPECT_EQ(all.size(), 4U);
}

TEST(RetryPauseTest, DoublesToItsMostAndDiffersByName) {
  const auto pause = [](const std::string& name, int attempt) {
    return RetryPause(name, attempt, seconds(10), seconds(600));
  };
  milliseconds whole = seconds(10);
  for (int attempt = 1; attempt <= 20; ++attempt, whole = std::min<milliseconds>(2 * whole, seconds(600))) {
    EXPECT_LE(pause("a", attempt), whole);
    EXPECT_GE(pause("a", attempt), whole - whole / 5);
    EXPECT_EQ(pause("a", attempt), pause("a", attempt));
  }
  std::set<milliseconds> pauses;
  for (int i = 0; i < 100; ++i) pauses.insert(pause("n" + std::to_string(i), 3));
  EXPECT_GT(pauses.size(), 90U);
}

}  // namespace
}  // namespace farrell::reporting::schedule
