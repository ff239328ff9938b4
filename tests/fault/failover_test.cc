// A failover of the coordination Redis by its sentinels, under the queue: the replica has not seen the end of the
// stream, and what it lost is sent again.
#include <gtest/gtest.h>

#include <thread>

#include "tests/fault/trial.h"
#include "tests/support/long_run.h"

namespace farrell::testing {
namespace {

TEST(Failover, OfTheQueueLosesItsTailAndNoShard) {
  const TempDir dir;
  const RedisServer cache({"--maxmemory", "256mb", "--maxmemory-policy", "allkeys-lfu"});
  RedisGroup group;
  const ServerProgram data("farrell-data", {"--state", "memory"}, dir);
  const std::vector<std::string> meeting = {"--data",        data.address(),   "--redis",
                                            cache.address(), "--coordination", group.address()};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), meeting.begin(), meeting.end());
    return more;
  };
  ServerProgram dea("farrell-dea", with({"--share-above", "0", "--shard", "0.002"}), dir);
  const ServerProgram solver("farrell-solver", with({"--threads", "1", "--abandoned-after", "1"}), dir);
  const auto forget = [&] {
    dea.Kill();
    cache.Cli({"FLUSHALL"});
    dea.Start();
  };
  const std::map<std::string, std::string> environment = {
      {"FARRELL_DATA", data.address()}, {"FARRELL_DEA", dea.address()}, {"FARRELL_STATE", "memory"}};
  Trials trials(environment, forget, BootstrapWorkload(dir));
  const int rounds = LongRun() ? 5 : 1;
  for (int round = 0; round < rounds; ++round) {
    const int master = group.master();
    ASSERT_GE(master, 0);
    RedisServer& replica = group.server(1 - master);
    const Trouble trouble{.name = "sentinel failover, the stream's tail lost",
                          .begin =
                              [&] {
                                replica.Pause();
                                std::this_thread::sleep_for(std::chrono::milliseconds(200));
                                group.server(master).Stop();
                                replica.Resume();
                              },
                          .end = [&] { EXPECT_TRUE(Eventually([&] { return group.master() == 1 - master; })); }};
    trials.Disturb(trouble, 1);
    group.server(master).Start();
    ASSERT_TRUE(Eventually([&] { return group.server(master).Cli({"ROLE"}).find("connected") != std::string::npos; }));
  }
}

}  // namespace
}  // namespace farrell::testing
