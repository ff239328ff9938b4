// The queue between services and solvers, on a real Redis.
#include "common/queue/job_queue.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/canonical/canonical.h"
#include "common/queue/part_store.h"
#include "common/queue/puller.h"
#include "tests/support/redis_server.h"

namespace farrell::queue {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using testing::Eventually;
using ::testing::SizeIs;

class QueueTest : public ::testing::Test {
 protected:
  JobQueue Job(const std::string& name, Priority priority = Priority::kInteractive,
               milliseconds lives_for = milliseconds(10'000)) {
    return JobQueue(redis_, {.channel = "c", .job = name, .priority = priority, .lives_for = lives_for});
  }
  Puller Solver(const std::string& name, milliseconds abandoned_after = milliseconds(10'000)) {
    return Puller(redis_, {.channel = "c", .solver = name, .abandoned_after = abandoned_after});
  }
  static std::vector<Shard> Shards(const std::string& job, std::uint64_t count) {
    std::vector<Shard> shards;
    for (std::uint64_t i = 0; i < count; ++i) shards.push_back({job, "t", job + std::to_string(i), i, i + 1});
    return shards;
  }
  static std::optional<Delivery> Take(Puller& solver) { return solver.Pull(milliseconds(1)).delivery; }

  testing::RedisServer server_;
  redis::Client redis_{redis::Options{.address = server_.address()}};
};

TEST_F(QueueTest, AShardGoesThereAndItsNoticeComesBack) {
  JobQueue job = Job("j");
  ASSERT_TRUE(job.Renew({}));
  const std::string task("bytes\0of a task", 15);
  const std::string digest = canonical::Sha256(task);
  ASSERT_TRUE(job.PutTask(digest, task));
  const auto entries = job.Enqueue(Shards("j", 1));
  ASSERT_TRUE(entries && entries->size() == 1);
  EXPECT_EQ(job.Holds((*entries)[0]), true);

  Puller solver = Solver("s");
  std::optional<Delivery> delivery;
  ASSERT_TRUE(Eventually([&] { return (delivery = Take(solver)).has_value(); }));  // the first pull makes the groups
  EXPECT_EQ(delivery->shard.key, "j0");
  EXPECT_EQ(delivery->shard.last, 1U);
  EXPECT_EQ(solver.ReadTask(digest), task);
  EXPECT_EQ(solver.ReadTask("other"), std::nullopt);
  server_.Cli({"SETRANGE", "farrell.task:{c}:" + digest, "3", "X"});
  EXPECT_EQ(solver.ReadTask(digest), std::nullopt) << "a damaged task is none";
  EXPECT_FALSE(Take(solver));
  EXPECT_TRUE(solver.Finish(*delivery, {.key = "j0", .solver = "s", .seconds = 0.25}));
  EXPECT_EQ(job.Holds((*entries)[0]), false);
  const auto notices = job.Wait(milliseconds(1000));
  ASSERT_TRUE(notices && notices->size() == 1);
  EXPECT_EQ(notices->front().key, "j0");
  EXPECT_EQ(notices->front().solver, "s");
  EXPECT_DOUBLE_EQ(notices->front().seconds, 0.25);
  EXPECT_TRUE(notices->front().reason.empty());
  EXPECT_THAT(*job.Wait(milliseconds(1)), SizeIs(0));
}

TEST_F(QueueTest, AJobThatEndsLeavesNothingBehind) {
  {
    JobQueue job = Job("j");
    ASSERT_TRUE(job.Renew({.shards = 1}));
    ASSERT_TRUE(job.PutTask("t", std::string(3'000'000, 'x')));
    const auto entries = job.Enqueue(Shards("j", 3));
    ASSERT_TRUE(entries);
    job.Withdraw(*entries);
  }
  EXPECT_EQ(server_.Cli({"--scan", "--pattern", "farrell.[tjd]*"}), "");
  EXPECT_EQ(server_.Cli({"XLEN", "farrell.shards:{c}:interactive"}), "0");
  EXPECT_EQ(server_.Cli({"HLEN", "farrell.backlog:{c}"}), "0");
}

TEST_F(QueueTest, HigherPrioritiesGoFirstAndNoneStarves) {
  JobQueue urgent = Job("urgent");
  JobQueue late = Job("late", Priority::kBackfill);
  ASSERT_TRUE(late.Enqueue(Shards("late", 40)));
  ASSERT_TRUE(urgent.Enqueue(Shards("urgent", 40)));
  Puller solver = Solver("s");
  std::map<std::string, int> taken;
  for (int i = 0; i < 33; ++i) {
    if (const auto delivery = Take(solver)) ++taken[delivery->shard.job];
  }
  EXPECT_GE(taken["urgent"], 24);
  EXPECT_GE(taken["late"], 3);
}

TEST_F(QueueTest, AnAbandonedShardIsTakenOverAndOneThatIsHeldIsNot) {
  JobQueue job = Job("j");
  ASSERT_TRUE(job.Enqueue(Shards("j", 1)));
  Puller lost = Solver("lost");
  std::optional<Delivery> delivery;
  ASSERT_TRUE(Eventually([&] { return (delivery = Take(lost)).has_value(); }));
  Puller other = Solver("other", milliseconds(300));
  Pulse pulse(redis_, {.channel = "c", .solver = ""});
  for (int i = 0; i < 10; ++i) {
    pulse.Hold(*delivery, "lost");
    EXPECT_FALSE(Take(other));
    std::this_thread::sleep_for(milliseconds(60));
  }
  std::optional<Delivery> again;
  EXPECT_TRUE(Eventually([&] { return (again = Take(other)).has_value(); }));
  EXPECT_EQ(again->id, delivery->id);
}

TEST_F(QueueTest, WhatIsHandedBackComesAgainAndWhatIsWithdrawnDoesNot) {
  JobQueue job = Job("j");
  const auto entries = job.Enqueue(Shards("j", 2));
  ASSERT_TRUE(entries);
  Puller solver = Solver("s");
  std::optional<Delivery> delivery;
  ASSERT_TRUE(Eventually([&] { return (delivery = Take(solver)).has_value(); }));
  EXPECT_TRUE(solver.HandBack(*delivery));
  job.Withdraw({(*entries)[1]});
  ASSERT_TRUE(Eventually([&] { return (delivery = Take(solver)).has_value(); }));
  EXPECT_EQ(delivery->shard.key, "j0");
  job.Withdraw({delivery->id});
  EXPECT_TRUE(solver.HandBack(*delivery));  // of no consequence
  EXPECT_FALSE(Take(solver));
  EXPECT_EQ(server_.Cli({"XLEN", "farrell.shards:{c}:interactive"}), "0");
}

TEST_F(QueueTest, NobodyIsToldOfAJobThatNobodyWaitsFor) {
  Pulse pulse(redis_, {.channel = "c", .solver = ""});
  Puller solver = Solver("s");
  {
    JobQueue job = Job("j");
    ASSERT_TRUE(job.Renew({.shards = 1}));
    EXPECT_TRUE(pulse.Wanted("j"));
    ASSERT_TRUE(job.Enqueue(Shards("j", 1)));
  }
  EXPECT_FALSE(pulse.Wanted("j"));
  std::optional<Delivery> delivery;
  ASSERT_TRUE(Eventually([&] { return (delivery = Take(solver)).has_value(); }));
  EXPECT_TRUE(solver.Finish(*delivery, {.key = "j0", .solver = "s"}));
  EXPECT_EQ(server_.Cli({"EXISTS", "farrell.done:{c}:j"}), "0");
}

TEST_F(QueueTest, TheBacklogIsThatOfJobsThatLive) {
  JobQueue first = Job("first");
  JobQueue second = Job("second", Priority::kScheduled);
  JobQueue third = Job("third", Priority::kScheduled, milliseconds(50));
  ASSERT_TRUE(first.Renew({.shards = 3, .seconds = 1.5, .age_seconds = 2}));
  ASSERT_TRUE(second.Renew({.shards = 5, .seconds = 4, .age_seconds = 9}));
  ASSERT_TRUE(third.Renew({.shards = 70, .seconds = 80, .age_seconds = 90}));
  std::optional<Waiting> waiting;
  EXPECT_TRUE(Eventually([&] {
    waiting = ReadWaiting(redis_, "c");
    return waiting && waiting->backlogs[1].shards == 5;
  }));
  EXPECT_EQ(waiting->backlogs[0].shards, 3U);
  EXPECT_DOUBLE_EQ(waiting->backlogs[0].seconds, 1.5);
  EXPECT_DOUBLE_EQ(waiting->backlogs[1].age_seconds, 9);
  EXPECT_EQ(waiting->backlogs[2].shards, 0U);
  EXPECT_EQ(waiting->solvers, 0);

  Pulse pulse(redis_, {.channel = "c", .solver = ""});
  ASSERT_TRUE(pulse.Announce({"a", "b"}));
  EXPECT_EQ(first.LiveSolvers(), 2);
  pulse.Retire({"a"});
  EXPECT_EQ(first.LiveSolvers(), 1);
}

TEST_F(QueueTest, WithoutRedisEverythingSaysSo) {
  JobQueue job = Job("j");
  const auto entries = job.Enqueue(Shards("j", 1));
  ASSERT_TRUE(entries);
  server_.Stop();
  EXPECT_FALSE(job.Renew({}));
  EXPECT_FALSE(job.Holds((*entries)[0]));
  EXPECT_FALSE(job.Enqueue(Shards("j", 1)));
  Puller solver = Solver("s");
  EXPECT_FALSE(solver.Pull(milliseconds(1)).reached);
  EXPECT_TRUE(Pulse(redis_, {.channel = "c", .solver = ""}).Wanted("j")) << "the result may yet be wanted";
  server_.Start();
  // A Redis that came back with nothing: the entry is gone, and groups are made anew.
  EXPECT_TRUE(Eventually([&] { return job.Holds((*entries)[0]) == false; }));
  ASSERT_TRUE(job.Enqueue(Shards("j", 1)));
  EXPECT_TRUE(Eventually([&] { return Take(solver).has_value(); }));
}

TEST_F(QueueTest, DamagedPartsAreNoParts) {
  PartStore parts(redis_);
  const std::string bytes("\0part\xff", 6);
  ASSERT_TRUE(parts.Put("k", bytes).ok());
  EXPECT_TRUE(parts.Has("k"));
  EXPECT_EQ(parts.Get("k"), bytes);
  for (const char* offset : {"3", "66"}) {
    ASSERT_TRUE(parts.Put("k", bytes).ok());
    server_.Cli({"SETRANGE", "farrell.part:{k}", offset, "X"});
    EXPECT_EQ(parts.Get("k"), std::nullopt);
    EXPECT_FALSE(parts.Has("k"));
  }
  ASSERT_TRUE(parts.Put("k", bytes).ok());
  server_.Cli({"COPY", "farrell.part:{k}", "farrell.part:{other}"});
  EXPECT_EQ(parts.Get("other"), std::nullopt);
  EXPECT_EQ(parts.Get("k"), bytes);
  server_.Cli({"SET", "farrell.part:{k}", "short"});
  EXPECT_EQ(parts.Get("k"), std::nullopt);
  EXPECT_EQ(parts.Put("k", std::string(PartStore::kMostBytes + 1, 'x')).reason(), "PART_TOO_LARGE");
}

}  // namespace
}  // namespace farrell::queue
