// The cache with a real Redis: what it keeps, what it survives, and that one question is answered once.
#include "common/cache/result_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <future>
#include <latch>
#include <thread>
#include <vector>

#include "common/canonical/canonical.h"
#include "tests/support/process.h"
#include "tests/support/redis_server.h"

namespace farrell {
namespace {

using std::chrono::milliseconds;
using Source = ResultCache::Source;
using testing::Eventually;
using testing::RedisServer;

const std::string kKey(64, 'a');
const std::string kBinary("zero \0 and \xFF, twice\r\n", 21);

CacheOptions Memory(std::size_t max_bytes = 1 << 20) { return {.max_bytes = max_bytes}; }
CacheOptions OnlyRedis(const RedisServer& redis) {
  return {.max_bytes = 0, .redis = {.address = redis.address(), .timeout = milliseconds(200)}};
}

ResultCache::Compute Gives(const std::string& bytes, std::atomic<int>* count = nullptr) {
  return [bytes, count](const std::stop_token&) -> Result<std::string> {
    if (count != nullptr) ++*count;
    return bytes;
  };
}

ResultCache::Found Get(ResultCache& cache, const std::string& key, const ResultCache::Compute& compute) {
  Result<ResultCache::Found> found = cache.GetOrCompute(key, false, {}, compute);
  EXPECT_TRUE(found.ok()) << found.status().ToString();
  return found.ok() ? *found : ResultCache::Found{};
}

// conformance: the same behaviour from either tier

class Tier : public ::testing::TestWithParam<Source> {
 protected:
  Tier() {
    if (GetParam() == Source::kRedis) redis_.emplace();
  }
  std::unique_ptr<ResultCache> Open() {
    if (GetParam() == Source::kDisk) {
      return std::make_unique<ResultCache>(
          CacheOptions{.max_bytes = 0, .directory = dir_ / "cache", .least_disk_seconds = 0});
    }
    return std::make_unique<ResultCache>(redis_ ? OnlyRedis(*redis_) : Memory());
  }
  testing::TempDir dir_;
  std::optional<RedisServer> redis_;
};

TEST_P(Tier, UnknownKeyIsAMiss) { EXPECT_FALSE(Open()->Lookup(kKey).has_value()); }

TEST_P(Tier, KeepsBytesExactly) {
  auto cache = Open();
  EXPECT_EQ(Get(*cache, kKey, Gives(kBinary)).source, Source::kComputed);
  const auto found = cache->Lookup(kKey);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->bytes, kBinary);
  EXPECT_EQ(found->source, GetParam());
}

TEST_P(Tier, EmptyAndLargeResults) {
  auto cache = Open();
  std::string large(900'000, '\0');
  for (std::size_t index = 0; index < large.size(); ++index) large[index] = static_cast<char>(index * 31 % 251);
  cache->Store("empty", "");
  cache->Store("large", large);
  ASSERT_TRUE(cache->Lookup("empty").has_value());
  EXPECT_EQ(cache->Lookup("empty")->bytes, "");
  ASSERT_TRUE(cache->Lookup("large").has_value());
  EXPECT_TRUE(cache->Lookup("large")->bytes == large);
}

TEST_P(Tier, SecondCallIsServed) {
  auto cache = Open();
  std::atomic<int> count = 0;
  Get(*cache, kKey, Gives("x", &count));
  EXPECT_EQ(Get(*cache, kKey, Gives("y", &count)).bytes, "x");
  EXPECT_EQ(count, 1);
}

TEST_P(Tier, SkipLookupComputesAndStores) {
  auto cache = Open();
  Get(*cache, kKey, Gives("old"));
  const auto fresh = cache->GetOrCompute(kKey, true, {}, Gives("new"));
  ASSERT_TRUE(fresh.ok());
  EXPECT_EQ(fresh->source, Source::kComputed);
  EXPECT_EQ(cache->Lookup(kKey)->bytes, "new");
}

TEST_P(Tier, ErrorsAreNotKept) {
  auto cache = Open();
  const auto failing = [](const std::stop_token&) -> Result<std::string> { return Unavailable("AWAY", "later"); };
  EXPECT_EQ(cache->GetOrCompute(kKey, false, {}, failing).status().reason(), "AWAY");
  EXPECT_FALSE(cache->Lookup(kKey).has_value());
  EXPECT_EQ(Get(*cache, kKey, Gives("x")).source, Source::kComputed);
}

TEST_P(Tier, ExceptionsPassThroughAndLeaveNothingBehind) {
  auto cache = Open();
  const auto throwing = [](const std::stop_token&) -> Result<std::string> { throw std::bad_alloc(); };
  EXPECT_THROW((void)cache->GetOrCompute(kKey, false, {}, throwing), std::bad_alloc);
  EXPECT_EQ(Get(*cache, kKey, Gives("x")).source, Source::kComputed);
}

INSTANTIATE_TEST_SUITE_P(Tiers, Tier, ::testing::Values(Source::kMemory, Source::kDisk, Source::kRedis),
                         [](const auto& tier) { return std::string(SourceName(tier.param)); });

// memory

TEST(MemoryTier, LeastRecentlyUsedGoesFirst) {
  ResultCache cache(Memory(3 * (1000 + 64 + 1)));
  for (const char* key : {"a", "b", "c"}) cache.Store(key, std::string(1000, 'x'));
  EXPECT_TRUE(cache.Lookup("a").has_value());
  cache.Store("d", std::string(1000, 'x'));
  EXPECT_TRUE(cache.Lookup("a").has_value());
  EXPECT_FALSE(cache.Lookup("b").has_value());
  EXPECT_TRUE(cache.Lookup("c").has_value());
  EXPECT_TRUE(cache.Lookup("d").has_value());
}

TEST(MemoryTier, TooLargeIsReturnedButNotKept) {
  ResultCache cache(Memory(100));
  EXPECT_EQ(Get(cache, kKey, Gives(std::string(1000, 'x'))).bytes.size(), 1000U);
  EXPECT_FALSE(cache.Lookup(kKey).has_value());
}

// Redis

TEST(RedisTier, SharedByTwoProcesses) {
  const RedisServer redis;
  ResultCache first(OnlyRedis(redis));
  ResultCache second({.redis = {.address = redis.address()}});
  Get(first, kKey, Gives(kBinary));
  const auto found = Get(second, kKey, Gives("never"));
  EXPECT_EQ(found.bytes, kBinary);
  EXPECT_EQ(found.source, Source::kRedis);
  EXPECT_EQ(second.Lookup(kKey)->source, Source::kMemory);
}

TEST(RedisTier, EntriesHaveTheDocumentedLayout) {
  const RedisServer redis;
  ResultCache cache(OnlyRedis(redis));
  cache.Store(kKey, "result");
  const std::string digest = canonical::Sha256("result");
  EXPECT_EQ(redis.Cli({"HGET", "farrell.ac:{" + kKey + "}", "digest"}), digest);
  EXPECT_EQ(redis.Cli({"HGET", "farrell.ac:{" + kKey + "}", "size"}), "6");
  EXPECT_EQ(redis.Cli({"GET", "farrell.cas:{" + digest + "}"}), "result");
  EXPECT_GT(std::stoll(redis.Cli({"TTL", "farrell.ac:{" + kKey + "}"})), 29LL * 24 * 3600);
  EXPECT_GE(std::stoll(redis.Cli({"TTL", "farrell.cas:{" + digest + "}"})), 29LL * 24 * 3600);
}

TEST(RedisTier, CorruptContentIsAMissAndDeleted) {
  const RedisServer redis;
  ResultCache cache(OnlyRedis(redis));
  cache.Store(kKey, "result");
  const std::string content = "farrell.cas:{" + canonical::Sha256("result") + "}";
  redis.Cli({"SETRANGE", content, "2", "X"});
  EXPECT_FALSE(cache.Lookup(kKey).has_value());
  EXPECT_EQ(cache.counts().corrupt_entries, 1);
  EXPECT_EQ(redis.Cli({"EXISTS", content, "farrell.ac:{" + kKey + "}"}), "0");
  EXPECT_EQ(Get(cache, kKey, Gives("result")).source, Source::kComputed);
  EXPECT_TRUE(cache.Lookup(kKey).has_value());
}

TEST(RedisTier, ActionWithoutContentIsAMissAndDeleted) {
  const RedisServer redis;
  ResultCache cache(OnlyRedis(redis));
  cache.Store(kKey, "result");
  redis.Cli({"DEL", "farrell.cas:{" + canonical::Sha256("result") + "}"});
  EXPECT_FALSE(cache.Lookup(kKey).has_value());
  EXPECT_EQ(redis.Cli({"EXISTS", "farrell.ac:{" + kKey + "}"}), "0");
}

TEST(RedisTier, RestartInBetweenLosesEntriesNotService) {
  RedisServer redis;
  ResultCache cache(OnlyRedis(redis));
  cache.Store(kKey, "result");
  redis.Stop();
  redis.Start();
  EXPECT_FALSE(cache.Lookup(kKey).has_value());
  EXPECT_EQ(Get(cache, kKey, Gives("result")).source, Source::kComputed);
  EXPECT_EQ(cache.Lookup(kKey)->source, Source::kRedis);
  EXPECT_EQ(cache.counts().redis_failures, 0) << "a stale connection is replaced at once";
}

TEST(RedisTier, KilledMidWayBehavesAsAMissAndComesBack) {
  RedisServer redis;
  ResultCache cache(OnlyRedis(redis));
  cache.Store(kKey, "result");
  redis.Stop();
  for (int call = 0; call < 50; ++call) EXPECT_EQ(Get(cache, kKey, Gives("result")).source, Source::kComputed);
  EXPECT_GE(cache.counts().redis_failures, 1);
  redis.Start();
  EXPECT_TRUE(Eventually([&] { return Get(cache, kKey, Gives("result")).source == Source::kRedis; }));
}

TEST(RedisTier, DeadServerCostsNothingPerCall) {
  // A port on which nothing listens.
  ResultCache cache({.max_bytes = 0, .redis = {.address = "127.0.0.1:1", .timeout = milliseconds(200)}});
  for (int call = 0; call < 10'000; ++call) Get(cache, kKey, Gives("result"));
  EXPECT_LT(cache.counts().redis_failures, 20);
}

TEST(RedisTier, StalledServerHoldsACallNoLongerThanItsTimeLimit) {
  RedisServer redis;
  ResultCache cache(OnlyRedis(redis));
  cache.Store(kKey, "result");
  redis.Pause();
  // A paused server never answers: what ends this call is its own limit.
  EXPECT_EQ(Get(cache, kKey, Gives("result")).source, Source::kComputed);
  // Now Redis is left alone for a while.
  const auto failures = cache.counts().redis_failures;
  EXPECT_GE(failures, 1);
  for (int call = 0; call < 100; ++call) Get(cache, kKey, Gives("result"));
  EXPECT_LE(cache.counts().redis_failures - failures, 3);
  redis.Resume();
  EXPECT_TRUE(Eventually([&] { return Get(cache, kKey, Gives("result")).source == Source::kRedis; }));
}

TEST(RedisTier, ErrorReplyIsAMiss) {
  const RedisServer redis;
  ResultCache cache(OnlyRedis(redis));
  cache.Store(kKey, "result");
  redis.Cli({"CONFIG", "SET", "min-replicas-to-write", "1"});
  cache.Store("other", "result");
  EXPECT_GE(cache.counts().redis_failures, 1) << "NOREPLICAS";
  EXPECT_EQ(Get(cache, "other", Gives("result")).source, Source::kComputed);
}

TEST(RedisTier, ClosedConnectionRaisesNoSignal) {
  std::signal(SIGPIPE, SIG_DFL);
  RedisServer redis;
  ResultCache cache(OnlyRedis(redis));
  cache.Store(kKey, std::string(500'000, 'x'));
  redis.Stop();
  cache.Store(kKey, std::string(500'000, 'x'));
  cache.Store(kKey, std::string(500'000, 'x'));
  EXPECT_FALSE(cache.Lookup(kKey).has_value());
}

TEST(RedisTier, NonsenseAddressBehavesAsNoRedis) {
  for (const char* address : {"nonsense", "127.0.0.1:port", "unix:/nowhere/redis.sock", ":1"}) {
    ResultCache cache({.max_bytes = 0, .redis = {.address = address, .timeout = milliseconds(100)}});
    EXPECT_EQ(Get(cache, kKey, Gives("result")).source, Source::kComputed) << address;
  }
}

// single flight

// A computation that is under way until released; tells when it began and whether it was stopped.
class Gate {
 public:
  ResultCache::Compute Compute(Result<std::string> result) {
    return [this, result](const std::stop_token& stop) -> Result<std::string> {
      ++count;
      begun.count_down();
      while (!open && !stop.stop_requested()) testing::PauseBriefly();
      if (!open) {
        stopped = true;
        return Cancelled();
      }
      return result;
    };
  }
  std::latch begun{1};
  std::atomic<bool> open = false;
  std::atomic<bool> stopped = false;
  std::atomic<int> count = 0;
};

TEST(SingleFlight, ManyAtOnceComputeOnce) {
  ResultCache cache(Memory());
  Gate gate;
  std::vector<std::future<Result<ResultCache::Found>>> calls;
  const auto ask = [&] { return cache.GetOrCompute(kKey, false, {}, gate.Compute(kBinary)); };
  calls.push_back(std::async(std::launch::async, ask));
  gate.begun.wait();
  for (int caller = 0; caller < 20; ++caller) calls.push_back(std::async(std::launch::async, ask));
  gate.open = true;
  int computed = 0;
  for (auto& call : calls) {
    const auto found = call.get();
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->bytes, kBinary);
    computed += found->source == Source::kComputed ? 1 : 0;
  }
  EXPECT_EQ(computed, 1);
  EXPECT_EQ(gate.count, 1);
}

// Returns when `count` callers share the computation of kKey.
void UntilWaiting(ResultCache& cache, int count) {
  while (cache.WaitingForTest(kKey) != count) std::this_thread::yield();
}

TEST(SingleFlight, ConcurrentFailuresCoalesce) {
  ResultCache cache(Memory());
  Gate gate;
  const auto ask = [&] { return cache.GetOrCompute(kKey, false, {}, gate.Compute(Unavailable("AWAY", "later"))); };
  auto leader = std::async(std::launch::async, ask);
  gate.begun.wait();
  auto follower = std::async(std::launch::async, ask);
  UntilWaiting(cache, 2);
  gate.open = true;
  EXPECT_EQ(leader.get().status().reason(), "AWAY");
  EXPECT_EQ(follower.get().status().reason(), "AWAY");
  EXPECT_EQ(gate.count, 1);
}

// Asks on its own thread with its own stop source.
struct Caller {
  Caller(ResultCache& cache, Gate& gate)
      : answer(std::async(std::launch::async, [&cache, &gate, token = stop.get_token()] {
          return cache.GetOrCompute(kKey, false, token, gate.Compute(std::string("x")));
        })) {}
  std::stop_source stop;
  std::future<Result<ResultCache::Found>> answer;
};

TEST(SingleFlight, FollowerCancelEndsOnlyItsOwnWait) {
  ResultCache cache(Memory());
  Gate gate;
  Caller leader(cache, gate);
  gate.begun.wait();
  Caller follower(cache, gate);
  follower.stop.request_stop();
  EXPECT_EQ(follower.answer.get().status().code(), Code::kCancelled);
  EXPECT_FALSE(gate.stopped);
  gate.open = true;
  EXPECT_TRUE(leader.answer.get().ok());
}

TEST(SingleFlight, LeaderGoesOnWhileSomebodyWaits) {
  ResultCache cache(Memory());
  Gate gate;
  Caller leader(cache, gate);
  gate.begun.wait();
  Caller follower(cache, gate);
  UntilWaiting(cache, 2);
  leader.stop.request_stop();
  UntilWaiting(cache, 1);
  EXPECT_FALSE(gate.stopped);
  gate.open = true;
  ASSERT_TRUE(follower.answer.get().ok());
  EXPECT_EQ(gate.count, 1);
}

TEST(SingleFlight, LastWaiterGoneStopsTheLeader) {
  ResultCache cache(Memory());
  Gate gate;
  Caller leader(cache, gate);
  gate.begun.wait();
  Caller follower(cache, gate);
  UntilWaiting(cache, 2);
  leader.stop.request_stop();
  follower.stop.request_stop();
  EXPECT_EQ(leader.answer.get().status().code(), Code::kCancelled);
  EXPECT_EQ(follower.answer.get().status().code(), Code::kCancelled);
  EXPECT_TRUE(gate.stopped);
  gate.open = true;
  EXPECT_EQ(Get(cache, kKey, Gives("again")).bytes, "again");
}

TEST(SingleFlight, NewcomerDoesNotJoinAStoppedFlight) {
  ResultCache cache(Memory());
  std::latch begun{1};
  std::atomic<bool> release = false;
  std::stop_source stop;
  auto slow_to_stop = std::async(std::launch::async, [&] {
    return cache.GetOrCompute(kKey, false, stop.get_token(), [&](const std::stop_token&) -> Result<std::string> {
      begun.count_down();
      while (!release) testing::PauseBriefly();
      return Cancelled();
    });
  });
  begun.wait();
  stop.request_stop();
  EXPECT_EQ(Get(cache, kKey, Gives("fresh")).source, Source::kComputed);
  release = true;
  EXPECT_EQ(slow_to_stop.get().status().code(), Code::kCancelled);
  EXPECT_EQ(cache.Lookup(kKey)->bytes, "fresh");
}

TEST(SingleFlight, StoppedBeforeTheStart) {
  ResultCache cache(Memory());
  std::stop_source stop;
  stop.request_stop();
  std::atomic<int> count = 0;
  EXPECT_EQ(cache.GetOrCompute(kKey, false, stop.get_token(), Gives("x", &count)).status().code(), Code::kCancelled);
  EXPECT_EQ(count, 0);
}

}  // namespace
}  // namespace farrell
