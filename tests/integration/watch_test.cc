// A watcher whose server dies goes on where it was: every event once, in order.
#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <csignal>
#include <sstream>
#include <string>
#include <vector>

#include "tests/integration/cluster.h"

namespace farrell::testing {
namespace {

using ::testing::ElementsAre;

TEST(Watch, GoesOnAfterItsServerWasKilled) {
  Cluster cluster;
  const auto add = [&](int release) {
    const std::string name = std::to_string(release);
    return Import(*cluster.Data(), "unit,time,x\na,2010," + name + "\n", "unit", "time", "panel", name);
  };
  const std::string log = cluster.dir / "watch.log";
  // Releases as they were printed.
  const auto seen = [&] {
    std::vector<std::string> releases;
    std::istringstream lines(ReadFile(log));
    for (std::string line; std::getline(lines, line);) {
      std::vector<std::string> cells;
      std::istringstream row(line);
      for (std::string cell; std::getline(row, cell, ',');) cells.push_back(cell);
      if (cells.size() > 3 && cells[0] != "sequence") releases.push_back(cells[0] + ":" + cells[3]);
    }
    return releases;
  };
  add(1);
  const auto watcher = StartFarrell({"data", "watch", "panel", "--format", "csv"}, cluster.Environment(), log);
  ASSERT_TRUE(Eventually([&] { return seen().size() == 1; })) << ReadFile(log);
  add(2);
  ASSERT_TRUE(Eventually([&] { return seen().size() == 2; })) << ReadFile(log);
  cluster.data.Kill();
  cluster.data.Start();
  add(3);
  ASSERT_TRUE(Eventually([&] { return seen().size() == 3; })) << ReadFile(log);
  cluster.data.Kill();
  cluster.data.Start();
  add(4);
  ASSERT_TRUE(Eventually([&] { return seen().size() == 4; })) << ReadFile(log);
  EXPECT_THAT(seen(), ElementsAre("1:1", "2:2", "3:3", "4:4"));
  watcher->Signal(SIGINT);
  EXPECT_EQ(watcher->Wait(std::chrono::seconds(20)), 130);
}

}  // namespace
}  // namespace farrell::testing
