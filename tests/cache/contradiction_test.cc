// A result computed again that is not the kept one: told, counted, put aside, replaced. Under one key there is one
// sequence of bytes.
#include "common/cache/contradiction.h"

#include <gmock/gmock-matchers.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "common/cache/result_cache.h"
#include "common/canonical/canonical.h"
#include "tests/support/process.h"
#include "tests/support/redis_server.h"

namespace farrell {
namespace {

using ::testing::HasSubstr;

const std::string kKey(64, 'a');

class Contradictions : public ::testing::Test {
 protected:
  ResultCache& Open(CacheOptions options) {
    options.contradicted = [this](const Contradiction& told) { told_.push_back(told); };
    return *cache_.emplace_back(std::make_unique<ResultCache>(options));
  }
  CacheOptions Folder(std::size_t max_bytes) const {
    return {.max_bytes = max_bytes, .directory = dir_ / "cache", .least_disk_seconds = 0};
  }
  std::string Aside() const { return dir_ / ("cache/quarantine/" + kKey); }
  static void Compute(ResultCache& cache, const std::string& bytes, bool again) {
    const auto found =
        cache.GetOrCompute(kKey, again, {}, [&](const std::stop_token&) -> Result<std::string> { return bytes; });
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->bytes, bytes);
  }

  // "old" is kept, "new" computed again: that is told once, and "new" stays.
  void ExpectContradiction(ResultCache& cache) {
    Compute(cache, "old", false);
    cache.Describe(kKey, "snapshot", [] { return std::string(R"({"op":"dea.evaluate"})"); });
    Compute(cache, "old", true);
    EXPECT_TRUE(told_.empty()) << "the same bytes";
    Compute(cache, "new", true);
    ASSERT_EQ(told_.size(), 1U);
    EXPECT_EQ(told_[0].key, kKey);
    EXPECT_EQ(told_[0].operation, "dea.evaluate");
    EXPECT_EQ(told_[0].digest, canonical::Sha256("new"));
    EXPECT_EQ(told_[0].kept_digest, canonical::Sha256("old"));
    EXPECT_EQ(cache.counts().contradictions, 1);
    EXPECT_EQ(cache.counts().corrupt_entries, 0);
    EXPECT_EQ(cache.Lookup(kKey)->bytes, "new");
    Compute(cache, "new", true);
    EXPECT_EQ(told_.size(), 1U) << "it is what is kept by now";
  }

  testing::TempDir dir_;
  std::vector<std::unique_ptr<ResultCache>> cache_;
  std::vector<Contradiction> told_;
};

TEST_F(Contradictions, InMemory) { ExpectContradiction(Open({.max_bytes = 1 << 20})); }

TEST_F(Contradictions, InFilesTheOldBytesAreThereToBeLookedAt) {
  ExpectContradiction(Open(Folder(0)));
  EXPECT_THAT(testing::ReadFile(Aside()), HasSubstr("\nold"));
}

TEST_F(Contradictions, InMemoryAndFilesItIsOne) {
  ExpectContradiction(Open(Folder(1 << 20)));
  EXPECT_THAT(testing::ReadFile(Aside()), HasSubstr("\nold"));
}

// Too quick to be written to a file, and yet to be looked at.
TEST_F(Contradictions, WhatOnlyMemoryHadIsPutAsideInTheFolder) {
  CacheOptions options = Folder(1 << 20);
  options.least_disk_seconds = 1000;
  ExpectContradiction(Open(options));
  EXPECT_THAT(testing::ReadFile(Aside()), HasSubstr("\nold"));
}

TEST_F(Contradictions, InRedis) {
  const testing::RedisServer redis;
  ExpectContradiction(
      Open({.max_bytes = 0, .redis = {.address = redis.address(), .timeout = std::chrono::milliseconds(500)}}));
}

TEST_F(Contradictions, OfAnotherProcessAreFoundInWhatIsShared) {
  Compute(Open(Folder(1 << 20)), "old", false);
  Compute(Open(Folder(1 << 20)), "new", true);
  ASSERT_EQ(told_.size(), 1U);
  EXPECT_EQ(told_[0].operation, "") << "the key was never described";
}

TEST_F(Contradictions, OfPartsAreToldToo) {
  ResultCache& cache = Open(Folder(1 << 20));
  cache.Store(kKey, "old", true);
  cache.Store(kKey, "old", true);
  EXPECT_EQ(cache.counts().contradictions, 0);
  cache.Store(kKey, "new", true);
  EXPECT_EQ(cache.counts().contradictions, 1);
  cache.Store(kKey, "moved on", false);
  EXPECT_EQ(cache.counts().contradictions, 1) << "what says where others are may say something else later";
}

TEST_F(Contradictions, ADamagedEntryIsDamageAndNoContradiction) {
  Compute(Open(Folder(0)), "old", false);
  testing::WriteFile(dir_ / ("cache/aa/" + kKey), "not an entry");
  ResultCache& cache = Open(Folder(0));
  Compute(cache, "new", true);
  EXPECT_TRUE(told_.empty());
  EXPECT_EQ(cache.counts().corrupt_entries, 1);
}

}  // namespace
}  // namespace farrell
