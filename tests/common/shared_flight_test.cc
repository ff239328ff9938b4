// One computation among several caches and processes that share a Redis, and what happens when one of them, or Redis,
// goes away in the middle.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

#include "common/cache/lease.h"
#include "common/cache/result_cache.h"
#include "common/cache/shared_outcome.h"
#include "tests/support/process.h"
#include "tests/support/redis_server.h"

namespace farrell {
namespace {

using std::chrono::milliseconds;
using Source = ResultCache::Source;
using testing::Eventually;
using testing::Process;
using testing::ReadFile;
using testing::RedisServer;
using testing::TempDir;

const std::string kKey(64, 'b');

CacheOptions Sharing(const RedisServer& redis, const RedisServer& coordination,
                     milliseconds lease = milliseconds(3'000)) {
  return {.max_bytes = 1 << 20,
          .redis = {.address = redis.address(), .timeout = milliseconds(1'000)},
          .coordination = {.address = coordination.address(), .timeout = milliseconds(1'000)},
          .lease = lease};
}

// A computation that is under way until opened or stopped.
struct Gate {
  std::atomic<int> begun = 0;
  std::atomic<bool> open = false;
  std::atomic<bool> stopped = false;
  ResultCache::Compute Gives(const Result<std::string>& result) {
    return [this, result](const std::stop_token& stop) -> Result<std::string> {
      ++begun;
      while (!open && !stop.stop_requested()) testing::PauseBriefly();
      if (open) return result;
      stopped = true;
      return Cancelled();
    };
  }
};

std::future<Result<ResultCache::Found>> Ask(ResultCache& cache, const ResultCache::Compute& compute,
                                            std::stop_token stop = {}, const std::string& key = kKey) {
  return std::async(std::launch::async, [&cache, compute, stop = std::move(stop), key] {
    return cache.GetOrCompute(key, false, stop, compute);
  });
}

class Shared : public ::testing::Test {
 protected:
  bool OthersWait(int count) {
    return Eventually([&] {
      return coordination_.Cli({"ZCARD", "farrell.waiters:{" + kKey + "}"}) == std::to_string(count);
    });
  }

  RedisServer redis_;
  RedisServer coordination_;
};

TEST_F(Shared, SecondCacheWaitsForTheFirst) {
  ResultCache first(Sharing(redis_, coordination_));
  ResultCache second(Sharing(redis_, coordination_));
  Gate gate;
  auto leader = Ask(first, gate.Gives(std::string("x")));
  ASSERT_TRUE(Eventually([&] { return gate.begun == 1; }));
  auto follower = Ask(second, gate.Gives(std::string("never")));
  ASSERT_TRUE(OthersWait(1));
  gate.open = true;
  const auto led = leader.get();
  const auto followed = follower.get();
  EXPECT_EQ(led->source, Source::kComputed);
  ASSERT_TRUE(followed.ok()) << followed.status().ToString();
  EXPECT_EQ(followed->source, Source::kCoalesced);
  EXPECT_EQ(followed->bytes, "x");
  EXPECT_EQ(gate.begun, 1);
  EXPECT_EQ(second.counts().coalesced, 1);
  EXPECT_EQ(second.counts().computed, 0);
  EXPECT_EQ(second.counts().redis_hits, 0);
  EXPECT_EQ(coordination_.Cli({"KEYS", "farrell.lease:*"}), "") << "the lease is given back";
  EXPECT_EQ(redis_.Cli({"KEYS", "farrell.lease:*"}), "");
}

TEST_F(Shared, FailuresCoalesceWithEverythingTheySay) {
  ResultCache first(Sharing(redis_, coordination_));
  ResultCache second(Sharing(redis_, coordination_));
  Gate gate;
  const Status failure = Status(Code::kInvalidArgument, "MODEL_INVALID", "two fields are wrong")
                             .With("limit", "3")
                             .WithViolations({{"model.inputs[0]", "is empty"}, {"model.rts", "unknown: \"\n\""}});
  auto leader = Ask(first, gate.Gives(failure));
  ASSERT_TRUE(Eventually([&] { return gate.begun == 1; }));
  auto follower = Ask(second, gate.Gives(failure));
  ASSERT_TRUE(OthersWait(1));
  gate.open = true;
  EXPECT_EQ(leader.get().status(), failure);
  EXPECT_EQ(follower.get().status(), failure);
  EXPECT_EQ(gate.begun, 1);
  auto later = Ask(second, gate.Gives(std::string("x")));
  EXPECT_TRUE(later.get().ok()) << "a failure is not kept";
}

TEST_F(Shared, AnErrorOfOneProcessSendsTheOthersOnTheirWay) {
  ResultCache first(Sharing(redis_, coordination_));
  ResultCache second(Sharing(redis_, coordination_));
  Gate gate;
  Gate second_gate;
  second_gate.open = true;
  auto leader = Ask(first, gate.Gives(Status(Code::kResourceExhausted, "MEMORY", "this process is full")));
  ASSERT_TRUE(Eventually([&] { return gate.begun == 1; }));
  auto follower = Ask(second, second_gate.Gives(std::string("x")));
  ASSERT_TRUE(OthersWait(1));
  gate.open = true;
  EXPECT_EQ(leader.get().status().reason(), "MEMORY");
  EXPECT_EQ(follower.get()->source, Source::kComputed);
}

TEST_F(Shared, AnExceptionSendsTheOthersOnTheirWay) {
  ResultCache first(Sharing(redis_, coordination_));
  ResultCache second(Sharing(redis_, coordination_));
  Gate gate;
  std::atomic<bool> begun = false;
  auto leader = Ask(first, [&](const std::stop_token&) -> Result<std::string> {
    begun = true;
    while (!gate.open) testing::PauseBriefly();
    throw std::bad_alloc();
  });
  ASSERT_TRUE(Eventually([&] { return begun.load(); }));
  auto follower = Ask(second, gate.Gives(std::string("x")));
  ASSERT_TRUE(OthersWait(1));
  gate.open = true;
  EXPECT_THROW((void)leader.get(), std::bad_alloc);
  EXPECT_EQ(follower.get()->source, Source::kComputed);
}

TEST_F(Shared, FollowersCancelEndsOnlyItsOwnWait) {
  ResultCache first(Sharing(redis_, coordination_));
  ResultCache second(Sharing(redis_, coordination_));
  Gate gate;
  auto leader = Ask(first, gate.Gives(std::string("x")));
  ASSERT_TRUE(Eventually([&] { return gate.begun == 1; }));
  std::stop_source stop;
  auto follower = Ask(second, gate.Gives(std::string("never")), stop.get_token());
  ASSERT_TRUE(OthersWait(1));
  stop.request_stop();
  EXPECT_EQ(follower.get().status().code(), Code::kCancelled);
  ASSERT_TRUE(OthersWait(0));
  EXPECT_FALSE(gate.stopped);
  gate.open = true;
  EXPECT_TRUE(leader.get().ok());
}

TEST_F(Shared, LeaderGoesOnWhileAnotherProcessWaits) {
  ResultCache first(Sharing(redis_, coordination_));
  ResultCache second(Sharing(redis_, coordination_));
  Gate gate;
  std::stop_source stop;
  auto leader = Ask(first, gate.Gives(std::string("x")), stop.get_token());
  ASSERT_TRUE(Eventually([&] { return gate.begun == 1; }));
  auto follower = Ask(second, gate.Gives(std::string("never")));
  ASSERT_TRUE(OthersWait(1));
  stop.request_stop();
  // Asked about five times a second whether anybody waits; it takes a few of them to show that it goes on.
  EXPECT_FALSE(Eventually([&] { return gate.stopped.load(); }, milliseconds(600)));
  gate.open = true;
  EXPECT_EQ(follower.get()->bytes, "x");
  EXPECT_EQ(gate.begun, 1);
}

TEST_F(Shared, LeaderStopsWhenNobodyAnywhereWaits) {
  ResultCache first(Sharing(redis_, coordination_));
  ResultCache second(Sharing(redis_, coordination_));
  Gate gate;
  std::stop_source stop;
  auto leader = Ask(first, gate.Gives(std::string("x")), stop.get_token());
  ASSERT_TRUE(Eventually([&] { return gate.begun == 1; }));
  auto follower = Ask(second, gate.Gives(std::string("never")), stop.get_token());
  ASSERT_TRUE(OthersWait(1));
  stop.request_stop();
  EXPECT_EQ(leader.get().status().code(), Code::kCancelled);
  EXPECT_EQ(follower.get().status().code(), Code::kCancelled);
  EXPECT_TRUE(gate.stopped);
  Gate open;
  open.open = true;
  EXPECT_TRUE(Ask(second, open.Gives(std::string("again"))).get().ok());
}

TEST_F(Shared, ALeaseIsRenewedAsLongAsItTakes) {
  ResultCache first(Sharing(redis_, coordination_, milliseconds(300)));
  ResultCache second(Sharing(redis_, coordination_, milliseconds(300)));
  Gate gate;
  auto leader = Ask(first, gate.Gives(std::string("x")));
  ASSERT_TRUE(Eventually([&] { return gate.begun == 1; }));
  auto follower = Ask(second, gate.Gives(std::string("never")));
  // Several lives of a lease.
  EXPECT_FALSE(Eventually([&] { return gate.begun > 1; }, milliseconds(1'200)));
  gate.open = true;
  EXPECT_EQ(leader.get()->source, Source::kComputed);
  EXPECT_EQ(follower.get()->source, Source::kCoalesced);
  EXPECT_EQ(first.counts().leases_lost, 0);
}

TEST_F(Shared, ALateWriteUnderAnOldFenceIsRefused) {
  ResultCache first(Sharing(redis_, coordination_));
  ResultCache second(Sharing(redis_, coordination_));
  Gate slow;
  auto late = Ask(first, slow.Gives(std::string("late")));
  ASSERT_TRUE(Eventually([&] { return slow.begun == 1; }));
  // As if the process had slept through the life of its lease and another had taken over.
  coordination_.Cli({"DEL", "farrell.lease:{" + kKey + "}"});
  coordination_.Cli({"INCR", "farrell.fence:{" + kKey + "}"});
  Gate open;
  open.open = true;
  EXPECT_EQ(Ask(second, open.Gives(std::string("in time"))).get()->source, Source::kComputed);
  slow.open = true;
  EXPECT_EQ(late.get()->bytes, "late");
  EXPECT_EQ(first.counts().leases_lost, 1);
  ResultCache third(Sharing(redis_, coordination_));
  EXPECT_EQ(third.Lookup(kKey)->bytes, "in time");
}

TEST_F(Shared, WithoutCoordinationEverybodyComputes) {
  coordination_.Stop();
  ResultCache first(Sharing(redis_, coordination_));
  Gate open;
  open.open = true;
  EXPECT_EQ(Ask(first, open.Gives(std::string("x"))).get()->source, Source::kComputed);
  EXPECT_EQ(first.counts().bypassed, 1);
  ResultCache second(Sharing(redis_, coordination_));
  EXPECT_EQ(Ask(second, open.Gives(std::string("never"))).get()->source, Source::kRedis)
      << "the cache is another Redis";
}

TEST_F(Shared, CoordinationThatStallsWhileOthersWaitHoldsNobody) {
  ResultCache first(Sharing(redis_, coordination_));
  ResultCache second(Sharing(redis_, coordination_));
  Gate gate;
  Gate open;
  open.open = true;
  auto leader = Ask(first, gate.Gives(std::string("x")));
  ASSERT_TRUE(Eventually([&] { return gate.begun == 1; }));
  auto follower = Ask(second, open.Gives(std::string("x")));
  ASSERT_TRUE(OthersWait(1));
  coordination_.Pause();
  EXPECT_EQ(follower.get()->source, Source::kComputed);
  EXPECT_EQ(second.counts().bypassed, 1);
  gate.open = true;
  EXPECT_TRUE(leader.get().ok());
  coordination_.Resume();
}

TEST_F(Shared, CoordinationKilledInBetweenCostsNoAnswer) {
  ResultCache first(Sharing(redis_, coordination_));
  ResultCache second(Sharing(redis_, coordination_));
  Gate gate;
  Gate open;
  open.open = true;
  auto leader = Ask(first, gate.Gives(std::string("x")));
  ASSERT_TRUE(Eventually([&] { return gate.begun == 1; }));
  auto follower = Ask(second, open.Gives(std::string("x")));
  ASSERT_TRUE(OthersWait(1));
  coordination_.Stop();
  EXPECT_EQ(follower.get()->bytes, "x");
  coordination_.Start();
  gate.open = true;
  EXPECT_TRUE(leader.get().ok());
}

TEST_F(Shared, AResultThatRedisDoesNotTakeMakesNobodyQueue) {
  CacheOptions options = Sharing(redis_, coordination_);
  options.redis_max_entry_bytes = 10;
  ResultCache first(options);
  ResultCache second(options);
  const std::string large(100, 'x');
  Gate gate;
  auto leader = Ask(first, gate.Gives(large));
  ASSERT_TRUE(Eventually([&] { return gate.begun == 1; }));
  auto follower = Ask(second, gate.Gives(large));
  ASSERT_TRUE(OthersWait(1));
  gate.open = true;
  EXPECT_EQ(leader.get()->bytes, large);
  EXPECT_EQ(follower.get()->bytes, large);
  EXPECT_EQ(second.counts().bypassed, 1);
}

TEST_F(Shared, KeysOfOneResultShareAHashTagAndDoNotStay) {
  ResultCache cache(Sharing(redis_, coordination_));
  Gate open;
  open.open = true;
  ASSERT_TRUE(Ask(cache, open.Gives(std::string("x"))).get().ok());
  std::istringstream keys(coordination_.Cli({"KEYS", "*"}));
  for (std::string key; std::getline(keys, key);) {
    EXPECT_TRUE(key.ends_with(":{" + kKey + "}")) << key;
    EXPECT_GT(std::stoll(coordination_.Cli({"PTTL", key})), 0) << key;
  }
}

// processes

// What cache_process wrote.
struct Written {
  std::vector<std::string> began;
  std::map<std::string, int> answers;
  int lines = 0;
  int ready = 0;
};

class Processes : public Shared {
 protected:
  std::unique_ptr<Process> Start(int callers, int lease) {
    return std::make_unique<Process>(
        std::vector<std::string>{std::string(FARRELL_BINARY_DIR) + "/tests/cache_process", redis_.address(),
                                 coordination_.address(), kKey, std::to_string(callers), std::to_string(lease), log_,
                                 gate_},
        dir_ / "output");
  }
  // All callers of so many processes, on one leader.
  bool AllWait(int processes) {
    return OthersWait(processes - 1) && Eventually([&] { return Read().ready == processes; });
  }
  void Open(const std::string& how) const {
    testing::WriteFile(gate_ + ".new", how);
    std::filesystem::rename(gate_ + ".new", gate_);
  }
  Written Read() const {
    Written written;
    std::istringstream lines(ReadFile(log_));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("begin ")) written.began.push_back(line.substr(6));
      if (line == "ready") ++written.ready;
      if (line.starts_with("answer ") || line.starts_with("error ")) {
        ++written.answers[line];
        ++written.lines;
      }
    }
    return written;
  }

  TempDir dir_;
  std::string log_ = dir_ / "log";
  std::string gate_ = dir_ / "gate";
};

TEST_F(Processes, TwoHundredCallersOfThreeProcessesComputeOnce) {
  std::vector<std::unique_ptr<Process>> processes;
  for (const int callers : {67, 67, 66}) processes.push_back(Start(callers, 5'000));
  ASSERT_TRUE(AllWait(3));
  Open("go");
  for (const auto& process : processes) EXPECT_EQ(process->Wait(std::chrono::seconds(30)), 0);
  const Written written = Read();
  EXPECT_EQ(written.began.size(), 1U);
  EXPECT_EQ(written.lines, 200);
  EXPECT_EQ(written.answers.at("answer computed result of " + kKey), 1);
  EXPECT_EQ(written.answers.at("answer coalesced result of " + kKey), 199);
}

TEST_F(Processes, FailuresOfTwoHundredCallersCoalesce) {
  std::vector<std::unique_ptr<Process>> processes;
  for (const int callers : {67, 67, 66}) processes.push_back(Start(callers, 5'000));
  ASSERT_TRUE(AllWait(3));
  Open("fail");
  for (const auto& process : processes) EXPECT_EQ(process->Wait(std::chrono::seconds(30)), 0);
  const Written written = Read();
  EXPECT_EQ(written.answers.at("error NO_FRONTIER no unit is left"), 200);
  EXPECT_EQ(written.began.size(), 1U);
}

TEST_F(Processes, AnotherTakesOverFromALeaderThatIsKilled) {
  std::vector<std::unique_ptr<Process>> processes;
  for (int process = 0; process < 3; ++process) processes.push_back(Start(5, 1'000));
  ASSERT_TRUE(AllWait(3));
  const std::string first = Read().began.at(0);
  const auto leader = std::find_if(processes.begin(), processes.end(),
                                   [&](const auto& process) { return std::to_string(process->pid()) == first; });
  ASSERT_NE(leader, processes.end());
  (*leader)->Kill();
  ASSERT_TRUE(Eventually([&] { return Read().began.size() == 2; }));
  ASSERT_TRUE(OthersWait(1));
  Open("go");
  for (const auto& process : processes) {
    if (process == *leader) continue;
    EXPECT_EQ(process->Wait(std::chrono::seconds(30)), 0);
  }
  const Written written = Read();
  EXPECT_EQ(written.began.size(), 2U) << "exactly one other computes";
  EXPECT_EQ(written.lines, 10);
}

TEST_F(Processes, ALeaderThatIsStoppedLosesItsLeaseAndHarmsNobody) {
  const auto sleeper = Start(3, 500);
  ASSERT_TRUE(Eventually([&] { return Read().began.size() == 1; }));
  sleeper->Signal(SIGSTOP);
  const auto other = Start(3, 500);
  ASSERT_TRUE(Eventually([&] { return Read().began.size() == 2; }));
  Open("go");
  EXPECT_EQ(other->Wait(std::chrono::seconds(30)), 0);
  sleeper->Signal(SIGCONT);
  EXPECT_EQ(sleeper->Wait(std::chrono::seconds(30)), 0);
  EXPECT_EQ(Read().lines, 6);
}

}  // namespace
}  // namespace farrell
