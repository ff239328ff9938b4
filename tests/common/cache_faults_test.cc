// Whatever happens to Redis or to what lies in it, a call gets the right bytes: damaged, truncated, foreign and evicted
// entries are misses; a Redis that is full, stopped, killed or replaced costs a computation.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "common/cache/result_cache.h"
#include "common/canonical/canonical.h"
#include "common/redis/client.h"
#include "common/redis/purpose.h"
#include "tests/support/fault_table.h"
#include "tests/support/process.h"
#include "tests/support/redis_server.h"

namespace farrell {
namespace {

using std::chrono::milliseconds;
using Source = ResultCache::Source;
using testing::Eventually;
using testing::RedisGroup;
using testing::RedisServer;

const std::string kKey(64, 'c');
const std::string kBytes("a result\0with\xFF bytes", 20);

CacheOptions OnlyRedis(const std::string& address, milliseconds timeout = milliseconds(1'000)) {
  return {.max_bytes = 0, .redis = {.address = address, .timeout = timeout}};
}

std::string Action(const std::string& key) { return "farrell.ac:{" + key + "}"; }
std::string Content(const std::string& bytes) { return "farrell.cas:{" + canonical::Sha256(bytes) + "}"; }

class Damage : public ::testing::Test {
 protected:
  Damage()
      : cache_(OnlyRedis(redis_.address())), client_({.address = redis_.address(), .timeout = milliseconds(1'000)}) {}

  void Do(const redis::Arguments& command) {
    const auto reply = client_.Call(command);
    ASSERT_TRUE(reply.ok() && !reply->error()) << command[0];
  }
  std::string Field(const std::string& field) { return client_.Call({"HGET", Action(kKey), field})->text; }

  // The damaged entry is never taken for a result, and a fresh one can be written over it.
  void ExpectMiss(const std::string& what) {
    const auto found = cache_.Lookup(kKey);
    EXPECT_FALSE(found.has_value()) << what;
    const auto again = cache_.GetOrCompute(kKey, false, {}, [](const std::stop_token&) { return kBytes; });
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->bytes, kBytes) << what;
    const auto healed = cache_.Lookup(kKey);
    ASSERT_TRUE(healed.has_value()) << what;
    EXPECT_EQ(healed->bytes, kBytes) << what;
  }

  RedisServer redis_;
  ResultCache cache_;
  redis::Client client_;
};

TEST_F(Damage, EveryBitOfEveryField) {
  cache_.Store(kKey, kBytes);
  for (const char* field : {"digest", "size", "seconds", "seal", "schema"}) {
    const std::string whole = Field(field);
    ASSERT_FALSE(whole.empty()) << field;
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
      std::string flipped = whole;
      flipped[bit / 8] = static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1U << (bit % 8)));
      Do({"HSET", Action(kKey), field, flipped});
      ExpectMiss(field + std::string(", bit ") + std::to_string(bit));
      // `seconds` is measured: the entry written since may have another.
      if (std::string(field) == "seconds" || std::string(field) == "seal") cache_.Store(kKey, kBytes);
    }
  }
}

TEST_F(Damage, EveryBitOfTheContent) {
  cache_.Store(kKey, kBytes);
  testing::FaultLine line{.fault = "cache entry damaged, every bit", .workload = "look-up"};
  for (std::size_t bit = 0; bit < kBytes.size() * 8; ++bit) {
    const std::int64_t before = cache_.counts().corrupt_entries;
    std::string flipped = kBytes;
    flipped[bit / 8] = static_cast<char>(static_cast<unsigned char>(flipped[bit / 8]) ^ (1U << (bit % 8)));
    Do({"SET", Content(kBytes), flipped});
    ExpectMiss("bit " + std::to_string(bit));
    EXPECT_EQ(cache_.counts().corrupt_entries, before + 1);
    ++line.injected;
    ++(HasFailure() ? line.failures : line.same_bytes);
  }
  LeaveFaultLine(line);
  EXPECT_EQ(client_.Call({"EXISTS", "farrell.bad:{" + kKey + "}"})->integer, 1) << "put aside, to be looked at";
  EXPECT_GT(client_.Call({"TTL", "farrell.bad:{" + kKey + "}"})->integer, 0) << "not for ever";
  EXPECT_EQ(client_.Call({"EXISTS", "farrell.bad:{" + canonical::Sha256(kBytes) + "}"})->integer, 1);
}

TEST_F(Damage, EveryTruncation) {
  cache_.Store(kKey, kBytes);
  for (std::size_t size = 0; size < kBytes.size(); ++size) {
    Do({"SET", Content(kBytes), kBytes.substr(0, size)});
    ExpectMiss("content of " + std::to_string(size));
  }
  for (const char* field : {"digest", "size", "seal"}) {
    const std::string whole = Field(field);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      Do({"HSET", Action(kKey), field, whole.substr(0, size)});
      ExpectMiss(field + std::string(" of ") + std::to_string(size));
      cache_.Store(kKey, kBytes);
    }
    Do({"HDEL", Action(kKey), field});
    ExpectMiss(std::string("no ") + field);
  }
}

TEST_F(Damage, AFenceThatIsNoNumberHarmsNothing) {
  cache_.Store(kKey, kBytes);
  Do({"HSET", Action(kKey), "fence", "not a number"});
  EXPECT_EQ(cache_.Lookup(kKey)->bytes, kBytes);
  cache_.Store(kKey, kBytes);
  EXPECT_EQ(cache_.Lookup(kKey)->bytes, kBytes);
}

TEST_F(Damage, AnotherKeysEntryIsNotTaken) {
  cache_.Store(kKey, kBytes);
  cache_.Store("other", "the result of another key");
  Do({"COPY", Action("other"), Action(kKey), "REPLACE"});
  ExpectMiss("a whole entry under a foreign key");
  Do({"HSET", Action(kKey), "digest", canonical::Sha256("the result of another key")});
  ExpectMiss("the digest of another content");
  EXPECT_EQ(cache_.counts().corrupt_entries, 2);
  EXPECT_TRUE(cache_.Lookup("other").has_value()) << "where it belongs it stays";
}

TEST_F(Damage, ForeignTypesAreMisses) {
  for (const char* command : {"SET", "RPUSH", "SADD"}) {
    cache_.Store(kKey, kBytes);
    Do({"DEL", Action(kKey)});
    Do({command, Action(kKey), "x"});
    ExpectMiss(std::string("action by ") + command);
  }
  for (const char* command : {"RPUSH", "SADD"}) {
    cache_.Store(kKey, kBytes);
    Do({"DEL", Content(kBytes)});
    Do({command, Content(kBytes), "x"});
    ExpectMiss(std::string("content by ") + command);
  }
  Do({"DEL", Action(kKey)});
  Do({"HSET", Action(kKey), "something", "else"});
  ExpectMiss("a hash of somebody else");
  EXPECT_EQ(cache_.counts().corrupt_entries, 6);
}

TEST_F(Damage, EntriesOfAnotherVersionAreLeftToIt) {
  cache_.Store(kKey, kBytes);
  Do({"HSET", Action(kKey), "schema", "3"});
  EXPECT_FALSE(cache_.Lookup(kKey).has_value());
  EXPECT_EQ(Field("schema"), "3");
  EXPECT_EQ(cache_.counts().corrupt_entries, 0);
}

// a cache that is full

TEST(Full, EvictedHalvesAreMisses) {
  const RedisServer redis({"--maxmemory", "4mb", "--maxmemory-policy", "allkeys-lfu"});
  ResultCache cache(OnlyRedis(redis.address()));
  const auto result = [](int number) {
    return std::string(20'000, static_cast<char>('a' + number % 26)) + std::to_string(number);
  };
  for (int number = 0; number < 400; ++number) cache.Store(std::to_string(number), result(number));
  int found = 0;
  for (int number = 0; number < 400; ++number) {
    const auto entry = cache.Lookup(std::to_string(number));
    if (!entry) continue;
    ++found;
    EXPECT_EQ(entry->bytes, result(number));
  }
  EXPECT_GT(found, 0);
  EXPECT_LT(found, 400);
  EXPECT_EQ(cache.counts().corrupt_entries, 0);
}

TEST(Full, RedisThatTakesNothingMoreCostsNoAnswer) {
  const RedisServer redis({"--maxmemory", "3mb", "--maxmemory-policy", "noeviction"});
  ResultCache cache(OnlyRedis(redis.address()));
  for (int number = 0; number < 200; ++number) {
    const std::string bytes(50'000, static_cast<char>('a' + number % 26));
    const auto found =
        cache.GetOrCompute(std::to_string(number), false, {}, [&](const std::stop_token&) { return bytes; });
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->bytes, bytes);
  }
  EXPECT_GT(cache.counts().redis_failures, 0);
  EXPECT_GT(cache.counts().bypassed, 0) << "a lease cannot be written either";
}

// what the operator is told

// The line of the user in docs/operations/redis.md, with a password.
std::string DocumentedUser(const std::string& user) {
  const std::string page = testing::ReadFile(std::string(FARRELL_SOURCE_DIR) + "/docs/operations/redis.md");
  const std::size_t start = page.find("user " + user + " ");
  EXPECT_NE(start, std::string::npos);
  std::string line = page.substr(start, page.find('\n', start) - start);
  return line.replace(line.find("CHANGE-ME"), 9, "secret") + "\nuser default off\n";
}

TEST(Documentation, UsersMayDoAllThatIsNeeded) {
  const testing::TempDir dir;
  testing::WriteFile(dir / "password", "secret\n");
  testing::WriteFile(dir / "cache.acl", DocumentedUser("farrell-cache"));
  testing::WriteFile(dir / "coordination.acl", DocumentedUser("farrell-coordination"));
  const RedisServer redis({"--aclfile", dir / "cache.acl"});
  const RedisServer coordination({"--aclfile", dir / "coordination.acl"});
  const CacheOptions options{
      .max_bytes = 0,
      .redis = {.address = redis.address(), .user = "farrell-cache", .password_file = dir / "password"},
      .coordination = {
          .address = coordination.address(), .user = "farrell-coordination", .password_file = dir / "password"}};
  ResultCache first(options);
  ResultCache second(options);
  // A follower, so that every command of leases is called; then a damaged entry, which is put aside.
  std::atomic<bool> begun = false;
  std::atomic<bool> waits = false;
  std::jthread leader([&] {
    const auto compute = [&](const std::stop_token&) {
      begun = true;
      while (!waits) testing::PauseBriefly();
      return kBytes;
    };
    EXPECT_EQ(first.GetOrCompute(kKey, false, {}, compute)->source, Source::kComputed);
  });
  ASSERT_TRUE(Eventually([&] { return begun.load(); }));
  redis::Client client(options.coordination);
  std::jthread follower([&] {
    const auto never = [](const std::stop_token&) { return std::string("never"); };
    EXPECT_EQ(second.GetOrCompute(kKey, false, {}, never)->source, Source::kCoalesced);
  });
  EXPECT_TRUE(Eventually([&] { return client.Call({"ZCARD", "farrell.waiters:{" + kKey + "}"})->integer == 1; }));
  waits = true;
  leader.join();
  follower.join();
  redis::Client vandal(options.redis);
  ASSERT_FALSE(vandal.Call({"SET", Content(kBytes), "damaged"})->error());
  EXPECT_FALSE(first.Lookup(kKey).has_value());
  EXPECT_EQ(vandal.Call({"EXISTS", "farrell.bad:{" + kKey + "}"})->integer, 1);
  for (const ResultCache* cache : {&first, &second}) EXPECT_EQ(cache->counts().redis_failures, 0);
  for (redis::Client* each : {&client, &vandal}) {
    EXPECT_TRUE(redis::Misfits(*each, redis::Purpose::kCache).ok()) << "INFO";
    EXPECT_TRUE(each->Call({"ROLE"}).ok() && !each->Call({"ROLE"})->error());
    EXPECT_TRUE(each->Call({"CONFIG", "GET", "*"})->error("NOPERM"));
    EXPECT_TRUE(each->Call({"SET", "other", "x"})->error("NOPERM"));
  }
}

// a cache that comes and goes

std::string ResultOf(const std::string& key) { return "result of " + key + std::string(2'000, 'x'); }

// Asks for twenty keys over and over from four threads while `disturb` does its worst. Every answer must be right, and
// none may take longer than a stalled Redis can explain.
void AskMeanwhile(const std::vector<std::string>& addresses, const std::function<void()>& disturb) {
  std::atomic<bool> done = false;
  std::atomic<int> wrong = 0;
  std::atomic<int> calls = 0;
  std::atomic<long long> longest = 0;
  std::vector<std::jthread> threads;
  for (const std::string& address : addresses) {
    threads.emplace_back([&, address] {
      ResultCache cache(OnlyRedis(address, milliseconds(150)));
      for (int call = 0; !done; ++call) {
        const std::string key = "key" + std::to_string(call % 20);
        const auto start = std::chrono::steady_clock::now();
        const auto found = cache.GetOrCompute(key, false, {}, [&](const std::stop_token&) { return ResultOf(key); });
        const auto took = std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start).count();
        for (long long seen = longest; took > seen && !longest.compare_exchange_weak(seen, took);) continue;
        if (!found.ok() || found->bytes != ResultOf(key)) ++wrong;
        ++calls;
      }
    });
  }
  disturb();
  done = true;
  threads.clear();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(calls, 0);
  EXPECT_LT(longest, 20'000) << "milliseconds";
}

TEST(ComesAndGoes, EveryAnswerIsRight) {
  RedisServer redis;
  redis::Client vandal({.address = redis.address(), .timeout = milliseconds(500)});
  std::minstd_rand dice(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same disturbances in every run
  AskMeanwhile(std::vector<std::string>(4, redis.address()), [&] {
    for (int round = 0; round < 24; ++round) {
      switch (round % 4) {
        case 0:
          redis.Stop();
          redis.Start();
          break;
        case 1: {
          redis.Pause();
          std::this_thread::sleep_for(milliseconds(200));  // longer than the time limit of a call
          redis.Resume();
          break;
        }
        case 2: (void)vandal.Call({"FLUSHALL"}); break;
        default:
          for (int damage = 0; damage < 50; ++damage) {
            const std::string key = "key" + std::to_string(dice() % 20);
            (void)vandal.Call({"SETRANGE", Content(ResultOf(key)), std::to_string(dice() % 2'000), "?"});
            (void)vandal.Call({"HSET", Action(key), "digest", canonical::Sha256(ResultOf("key0"))});
          }
      }
    }
  });
}

TEST(ComesAndGoes, AFailoverIsAFewMisses) {
  RedisGroup group;
  AskMeanwhile(std::vector<std::string>(2, group.address()), [&] {
    group.server(0).Stop();
    EXPECT_TRUE(Eventually([&] { return group.master() == 1; }, std::chrono::seconds(30)));
    ResultCache cache(OnlyRedis(group.address()));
    const auto served = [&] {
      const auto found = cache.GetOrCompute("key0", false, {}, [](const std::stop_token&) { return ResultOf("key0"); });
      return found.ok() && found->source == Source::kRedis;
    };
    EXPECT_TRUE(Eventually(served, std::chrono::seconds(30)));
  });
}

TEST(Counts, SayWhatCachingSaved) {
  const RedisServer redis;
  ResultCache cache({.redis = {.address = redis.address()}});
  const auto slow = [](const std::stop_token&) {
    std::this_thread::sleep_for(milliseconds(30));
    return kBytes;
  };
  ASSERT_TRUE(cache.GetOrCompute(kKey, false, {}, slow).ok());
  EXPECT_EQ(cache.counts().seconds_saved, 0);
  ASSERT_TRUE(cache.GetOrCompute(kKey, false, {}, slow).ok());
  EXPECT_GE(cache.counts().seconds_saved, 0.03);
  ResultCache other({.redis = {.address = redis.address()}});
  EXPECT_EQ(other.GetOrCompute(kKey, false, {}, slow)->source, Source::kRedis);
  EXPECT_GE(other.counts().seconds_saved, 0.03) << "the cost travels with the entry";
}

TEST(Counts, TellsOfARedisThatGoesAndComes) {
  RedisServer redis;
  RedisServer coordination;
  std::mutex mutex;
  std::vector<std::string> told;
  ResultCache cache({.max_bytes = 0,
                     .redis = {.address = redis.address()},
                     .coordination = {.address = coordination.address()},
                     .watch = [&](const std::string& which, const Status& status) {
                       const std::lock_guard lock(mutex);
                       told.push_back(which + (status.ok() ? " is back" : " is away"));
                     }});
  const auto ask = [&] {
    return cache.GetOrCompute(kKey, false, {}, [](const std::stop_token&) { return kBytes; }).ok();
  };
  coordination.Stop();
  EXPECT_TRUE(ask());
  coordination.Start();
  const auto back = [&] {
    redis.Cli({"FLUSHALL"});
    return ask() && told.size() == 2;
  };
  EXPECT_TRUE(Eventually(back));
  EXPECT_EQ(told, (std::vector<std::string>{"coordination is away", "coordination is back"}));
}

}  // namespace
}  // namespace farrell
