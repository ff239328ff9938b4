// Results in files: what they survive, what makes room, and that nothing damaged is ever taken for a result.
#include "common/cache/file_cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>
#include <vector>

#include "common/cache/result_cache.h"
#include "common/canonical/canonical.h"
#include "tests/support/process.h"

namespace farrell {
namespace {

using Source = ResultCache::Source;
using testing::TempDir;

constexpr std::size_t kMebibyte = std::size_t{1} << 20;
const std::string kKey(64, 'a');
const std::string kBytes("a result\n\0 with \xFF bytes", 23);

FileCache::Entry EntryOf(const std::string& bytes, double seconds = 1) {
  return {.bytes = bytes, .digest = canonical::Sha256(bytes), .seconds = seconds};
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void WriteAll(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

std::size_t FilesIn(const std::string& path) {
  std::error_code missing;
  std::filesystem::directory_iterator files(path, missing);
  return missing ? 0 : static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

// Last used `seconds` after the beginning of 2020.
void SetUse(const std::string& path, int seconds) {
  const timespec time{.tv_sec = 1'577'836'800 + seconds, .tv_nsec = 0};
  const timespec times[2] = {time, time};  // NOLINT(modernize-avoid-c-arrays): the interface of utimensat
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0) << path;
}

class Files : public ::testing::Test {
 protected:
  std::string PathOf(const std::string& key) const { return dir_ / ("cache/" + key.substr(0, 2) + "/" + key); }
  std::string Folder(const std::string& name) const { return dir_ / ("cache/" + name); }
  static std::string Key(int number) { return canonical::Sha256(std::to_string(number)); }

  TempDir dir_;
  FileCache files_{dir_ / "cache", kMebibyte};
};

TEST_F(Files, OutliveTheProcess) {
  files_.Put(kKey, EntryOf(kBytes, 0.25));
  FileCache other(dir_ / "cache", kMebibyte);
  const auto found = other.Get(kKey);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->bytes, kBytes);
  EXPECT_EQ(found->digest, canonical::Sha256(kBytes));
  EXPECT_EQ(found->seconds, 0.25);
  const auto facts = other.Look(kKey);
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->size, kBytes.size());
  EXPECT_GT(facts->made_ns, 0);
  EXPECT_FALSE(facts->pinned);
  EXPECT_EQ(FilesIn(Folder("tmp")), 0U);
}

TEST_F(Files, AreNotThereUntilSomethingIsKept) {
  EXPECT_FALSE(files_.Get(kKey).has_value());
  EXPECT_EQ(files_.Measure().entries, 0);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "cache"));
}

TEST_F(Files, AnyDamagedByteIsAMiss) {
  files_.Put(kKey, EntryOf(kBytes));
  const std::string whole = ReadAll(PathOf(kKey));
  std::int64_t damaged = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bad = whole;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    WriteAll(PathOf(kKey), bad);
    const auto found = files_.Get(kKey);
    EXPECT_FALSE(found.has_value()) << "byte " << at;
    damaged = files_.corrupt_entries();
    // Put aside, or, with another schema, another version's.
    EXPECT_TRUE(!std::filesystem::exists(PathOf(kKey)) || damaged < static_cast<std::int64_t>(at) + 1) << at;
  }
  EXPECT_GE(damaged, static_cast<std::int64_t>(whole.size()) - 2);
  EXPECT_EQ(FilesIn(Folder("quarantine")), 1U);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    WriteAll(PathOf(kKey), whole.substr(0, size));
    EXPECT_FALSE(files_.Get(kKey).has_value()) << size;
  }
  files_.Put(kKey, EntryOf(kBytes));
  EXPECT_EQ(files_.Get(kKey)->bytes, kBytes);
}

TEST_F(Files, AnotherEntrysFileIsAMiss) {
  files_.Put(kKey, EntryOf(kBytes));
  const std::string other = Key(1);
  std::filesystem::create_directories(std::filesystem::path(PathOf(other)).parent_path());
  std::filesystem::copy_file(PathOf(kKey), PathOf(other));
  EXPECT_FALSE(files_.Get(other).has_value());
  EXPECT_EQ(files_.corrupt_entries(), 1);
  EXPECT_TRUE(files_.Get(kKey).has_value());
}

TEST_F(Files, NamesThatAreNoKeysAreNotKept) {
  for (const std::string name : {"", "a", "ab", "../../out", "AB/..", "a.b.c", std::string(200, 'a').c_str()}) {
    files_.Put(name, EntryOf(kBytes));
    EXPECT_FALSE(files_.Get(name).has_value()) << name;
    EXPECT_FALSE(files_.Pin(name)) << name;
    EXPECT_FALSE(files_.PutAside(name)) << name;
  }
  EXPECT_EQ(FilesIn(dir_.path().string()), 0U);
}

TEST_F(Files, LeastRecentlyUsedGoesFirstAndPinnedStays) {
  const std::string large(100'000, 'x');
  for (int i = 0; i < 9; ++i) {
    files_.Put(Key(i), EntryOf(large));
    SetUse(PathOf(Key(i)), i);
  }
  ASSERT_EQ(files_.Measure().entries, 9);
  ASSERT_TRUE(files_.Pin(Key(0)));
  ASSERT_TRUE(files_.Get(Key(1)).has_value());  // used now
  for (int i = 9; i < 12; ++i) files_.Put(Key(i), EntryOf(large));
  const FileCache::Usage usage = files_.Measure();
  EXPECT_LE(usage.bytes, static_cast<std::int64_t>(kMebibyte));
  EXPECT_EQ(usage.pinned, 1);
  EXPECT_TRUE(files_.Look(Key(0))->pinned);
  EXPECT_TRUE(files_.Look(Key(1)).has_value());
  EXPECT_FALSE(files_.Look(Key(2)).has_value());
  EXPECT_FALSE(files_.Look(Key(3)).has_value());
  EXPECT_TRUE(files_.Look(Key(11)).has_value());
  ASSERT_TRUE(files_.Unpin(Key(0)));
  EXPECT_FALSE(files_.Unpin(Key(0)));
  EXPECT_FALSE(files_.Look(Key(0))->pinned);
}

TEST_F(Files, StayBelowTheirBoundWhoeverWrites) {
  FileCache other(dir_ / "cache", kMebibyte);
  const std::string bytes(20'000, 'y');
  for (int i = 0; i < 200; ++i) (i % 2 == 0 ? files_ : other).Put(Key(i), EntryOf(bytes));
  EXPECT_LE(files_.Measure().bytes, static_cast<std::int64_t>(kMebibyte));
  EXPECT_TRUE(files_.Get(Key(199)).has_value());
}

TEST_F(Files, TooLargeIsNotKept) {
  files_.Put(kKey, EntryOf(std::string(kMebibyte, 'z')));
  EXPECT_FALSE(files_.Get(kKey).has_value());
  EXPECT_EQ(files_.not_kept(), 0);
}

TEST_F(Files, NoRoomMeansNotKept) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit tight = before;
  tight.rlim_cur = 8192;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  files_.Put(kKey, EntryOf(std::string(100'000, 'x')));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(files_.not_kept(), 1);
  EXPECT_FALSE(files_.Get(kKey).has_value());
  EXPECT_EQ(FilesIn(Folder("tmp")), 0U);
  // A folder that cannot be made is no different.
  WriteAll(dir_ / "file", "");
  FileCache nowhere(dir_ / "file/cache", kMebibyte);
  nowhere.Put(kKey, EntryOf(kBytes));
  EXPECT_EQ(nowhere.not_kept(), 1);
  EXPECT_FALSE(nowhere.Get(kKey).has_value());
}

TEST_F(Files, ReadersSeeWholeEntriesWhileOthersReplaceThem) {
  std::atomic<bool> wrong = false;
  std::vector<std::jthread> threads;
  threads.reserve(4);
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      FileCache own(dir_ / "cache", kMebibyte);
      for (int i = 0; i < 200; ++i) {
        const std::string key = Key(i % 5);
        const std::string bytes(static_cast<std::size_t>(1000 + thread * 7000), static_cast<char>('a' + thread));
        own.Put(key, EntryOf(bytes));
        const auto found = own.Get(key);
        if (!found || canonical::Sha256(found->bytes) != found->digest) wrong = true;
      }
      if (own.corrupt_entries() != 0 || own.not_kept() != 0) wrong = true;
    });
  }
  threads.clear();
  EXPECT_FALSE(wrong);
}

TEST_F(Files, PutAsideIsNeverReadAgain) {
  files_.Put(kKey, EntryOf(kBytes));
  EXPECT_TRUE(files_.PutAside(kKey));
  EXPECT_FALSE(files_.PutAside(kKey));
  EXPECT_FALSE(files_.Get(kKey).has_value());
  EXPECT_EQ(files_.Measure().quarantined, 1);
  files_.Put(kKey, EntryOf("anew"));
  EXPECT_EQ(files_.Get(kKey)->bytes, "anew");
}

TEST_F(Files, AreListedByPrefixAndByUse) {
  for (int i = 0; i < 20; ++i) {
    files_.Put(Key(i), EntryOf("x"));
    SetUse(PathOf(Key(i)), i);
  }
  EXPECT_EQ(files_.Keys("", 100).size(), 20U);
  EXPECT_EQ(files_.Keys("", 3).size(), 3U);
  EXPECT_EQ(files_.Keys(Key(4).substr(0, 12), 100), std::vector<std::string>{Key(4)});
  EXPECT_EQ(files_.Latest(2), (std::vector<std::string>{Key(19), Key(18)}));
}

// As the tier of a result cache.

CacheOptions With(const TempDir& dir, double least_seconds = 0) {
  return {.directory = dir / "cache", .max_disk_bytes = kMebibyte, .least_disk_seconds = least_seconds};
}

TEST(DiskTier, ServesAProcessThatBeginsAnew) {
  const TempDir dir;
  int computed = 0;
  const auto compute = [&](const std::stop_token&) -> Result<std::string> {
    ++computed;
    return kBytes;
  };
  for (int process = 0; process < 3; ++process) {
    ResultCache cache(With(dir));
    const auto found = cache.GetOrCompute(kKey, false, {}, compute);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->bytes, kBytes);
    EXPECT_EQ(found->source, process == 0 ? Source::kComputed : Source::kDisk);
    // From then on it is in memory.
    EXPECT_EQ(cache.Lookup(kKey)->source, Source::kMemory);
    EXPECT_EQ(cache.counts().disk_hits, process == 0 ? 0 : 1);
  }
  EXPECT_EQ(computed, 1);
}

TEST(DiskTier, LeavesOutWhatIsComputedFasterThanItIsFetched) {
  const TempDir dir;
  {
    ResultCache cache(With(dir, 3600));
    ASSERT_TRUE(cache.GetOrCompute(kKey, false, {}, [](const std::stop_token&) { return kBytes; }).ok());
    // Parts come without the time they took.
    cache.Store(std::string(64, 'b'), "part");
  }
  ResultCache cache(With(dir));
  EXPECT_FALSE(cache.Lookup(kKey).has_value());
  ASSERT_TRUE(cache.Lookup(std::string(64, 'b')).has_value());
}

TEST(DiskTier, AFreshComputationReplacesTheFile) {
  const TempDir dir;
  ResultCache cache(With(dir));
  ASSERT_TRUE(cache.GetOrCompute(kKey, false, {}, [](const std::stop_token&) { return std::string("old"); }).ok());
  ASSERT_TRUE(cache.GetOrCompute(kKey, true, {}, [](const std::stop_token&) { return std::string("new"); }).ok());
  ResultCache other(With(dir));
  EXPECT_EQ(other.Lookup(kKey)->bytes, "new");
}

}  // namespace
}  // namespace farrell
