// Quotas counted by replicas together in a real Redis, and by each alone without one.
#include "common/quota/ledger.h"

#include <gtest/gtest.h>

#include <chrono>

#include "common/rpc/error_mapping.h"
#include "tests/support/redis_server.h"

namespace farrell::quota {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRenew{20};

redis::Options At(const testing::RedisServer& redis) {
  return {.address = redis.address(), .timeout = milliseconds(2'000)};
}

access::Quota InFlight(int limit) { return {.in_flight = limit}; }
access::Quota Seconds(double limit) { return {.compute_seconds_per_day = limit}; }

TEST(Ledger, CallsOfAllReplicasCountTogether) {
  const testing::RedisServer redis;
  Ledger one("dea", At(redis), kRenew), two("dea", At(redis), kRenew), other("regression", At(redis), kRenew);
  ASSERT_TRUE(one.Begin("ada", InFlight(2), "1").ok());
  ASSERT_TRUE(two.Begin("ada", InFlight(2), "2").ok());
  for (Ledger* replica : {&one, &two}) {
    const Status refused = replica->Begin("ada", InFlight(2), "3");
    EXPECT_EQ(refused.code(), Code::kResourceExhausted);
    EXPECT_EQ(refused.reason(), "QUOTA_EXCEEDED");
    EXPECT_EQ(refused.metadata().at("quota"), "in_flight");
    EXPECT_EQ(refused.metadata().at("limit"), "2");
    EXPECT_EQ(refused.metadata().at("used"), "2");
    EXPECT_GT(std::stoi(refused.metadata().at(std::string(kRetryAfterKey))), 0);
    EXPECT_EQ(replica->Used("ada").in_flight, 2);
  }
  EXPECT_TRUE(one.Begin("bob", InFlight(1), "4").ok()) << "another principal";
  EXPECT_TRUE(other.Begin("ada", InFlight(1), "5").ok()) << "what a call asks of the next service";
  two.End("ada", "2", 0);
  EXPECT_TRUE(one.Begin("ada", InFlight(2), "6").ok());
}

TEST(Ledger, ProcessorSecondsOfAllServicesCountTogether) {
  const testing::RedisServer redis;
  Ledger one("dea", At(redis), kRenew), two("regression", At(redis), kRenew);
  ASSERT_TRUE(one.Begin("ada", Seconds(5), "1").ok());
  one.End("ada", "1", 3.5);
  ASSERT_TRUE(two.Begin("ada", Seconds(5), "2").ok()) << "some is left";
  two.End("ada", "2", 2.5);
  EXPECT_NEAR(one.Used("ada").compute_seconds_today, 6, 1e-6);
  const Status refused = one.Begin("ada", Seconds(5), "3");
  EXPECT_EQ(refused.reason(), "QUOTA_EXCEEDED");
  EXPECT_EQ(refused.metadata().at("quota"), "compute_seconds_per_day");
  EXPECT_EQ(refused.metadata().at("used"), "6");
  const long long retry = std::stoll(refused.metadata().at(std::string(kRetryAfterKey)));
  EXPECT_GT(retry, 0);
  EXPECT_LE(retry, 24LL * 3600 * 1000) << "tomorrow";
  EXPECT_TRUE(one.Begin("ada", {}, "4").ok()) << "no limit";
}

TEST(Ledger, CallsOfAReplicaThatDiesDoNotCountForEver) {
  const testing::RedisServer redis;
  {
    Ledger dies("dea", At(redis), kRenew);
    ASSERT_TRUE(dies.Begin("ada", InFlight(1), "1").ok());
  }
  Ledger lives("dea", At(redis), kRenew);
  EXPECT_FALSE(lives.Begin("ada", InFlight(1), "2").ok()) << "it may be busy elsewhere";
  // As if its life had passed.
  const std::string key = redis.Cli({"--raw", "KEYS", "farrell.quota:*calls:dea"});
  ASSERT_NE(key, "");
  EXPECT_NE(redis.Cli({"TTL", key}), "-1");
  redis.Cli({"ZADD", key, "1", "1"});
  EXPECT_TRUE(lives.Begin("ada", InFlight(1), "3").ok());
}

TEST(Ledger, ALongCallIsKeptAliveAndOneThatEndedIsNot) {
  const testing::RedisServer redis;
  Ledger ledger("dea", At(redis), kRenew);
  ASSERT_TRUE(ledger.Begin("ada", InFlight(9), "1").ok());
  const std::string key = redis.Cli({"--raw", "KEYS", "farrell.quota:*calls:dea"});
  redis.Cli({"ZADD", key, "1000", "1"});
  EXPECT_TRUE(testing::Eventually([&] { return redis.Cli({"--raw", "ZSCORE", key, "1"}) != "1000"; }));
  ledger.End("ada", "1", 0);
  EXPECT_EQ(ledger.Used("ada").in_flight, 0);
}

TEST(Ledger, WithoutRedisEachCountsForItself) {
  Ledger one("dea", {}), two("dea", {});
  ASSERT_TRUE(one.Begin("ada", InFlight(1), "1").ok());
  EXPECT_EQ(one.Begin("ada", InFlight(1), "2").reason(), "QUOTA_EXCEEDED");
  EXPECT_TRUE(two.Begin("ada", InFlight(1), "3").ok());
  one.End("ada", "1", 2);
  EXPECT_EQ(one.Begin("ada", Seconds(1), "4").reason(), "QUOTA_EXCEEDED");
  EXPECT_NEAR(one.Used("ada").compute_seconds_today, 2, 1e-9);
}

TEST(Ledger, WhileRedisIsAwayCallsGoOnAndWhatTheyCostIsNotForgotten) {
  testing::RedisServer redis;
  Ledger one("dea", At(redis), kRenew), two("dea", At(redis), kRenew);
  ASSERT_TRUE(one.Begin("ada", Seconds(100), "1").ok());
  redis.Stop();
  one.End("ada", "1", 7);
  ASSERT_TRUE(one.Begin("ada", InFlight(1), "2").ok()) << "an outage of Redis stops nobody";
  EXPECT_EQ(one.Begin("ada", InFlight(1), "3").reason(), "QUOTA_EXCEEDED") << "but the process counts";
  one.End("ada", "2", 1);
  redis.Start();
  EXPECT_TRUE(testing::Eventually([&] { return two.Used("ada").compute_seconds_today > 7.9; }));
  EXPECT_NEAR(two.Used("ada").compute_seconds_today, 8, 1e-3);
  EXPECT_NEAR(one.Used("ada").compute_seconds_today, 8, 1e-3) << "once";
}

TEST(Ledger, WhoHasNoLimitIsCountedAllTheSame) {
  const testing::RedisServer redis;
  Ledger one("dea", At(redis), kRenew), two("dea", At(redis), kRenew);
  ASSERT_TRUE(one.Begin("ada", {}, "1").ok());
  EXPECT_EQ(one.Used("ada").in_flight, 1);
  one.End("ada", "1", 3);
  EXPECT_TRUE(testing::Eventually([&] { return two.Used("ada").compute_seconds_today > 2.9; }));
  EXPECT_EQ(two.Begin("ada", Seconds(2), "2").reason(), "QUOTA_EXCEEDED") << "a limit given meanwhile";
}

}  // namespace
}  // namespace farrell::quota
