// Results by content key: memory, then files, then Redis, then single-flight, then compute.
//
// With a Redis for coordination the flight is single among all processes that share it (lease.h).
//
// A key is the SHA-256 of everything the result depends on, so an entry never goes stale; it can only be lost. Every
// tier keeps the SHA-256 of the bytes beside them and checks it on read: a corrupt entry is put aside and counts as a
// miss. Files are what outlives the process (file_cache.h). Redis is never needed: every failure behaves as a miss,
// costs at most the time limit once, and keeps Redis out of the way for a growing pause.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/cache/contradiction.h"
#include "common/cache/kept_results.h"
#include "common/redis/connection.h"
#include "common/status/status.h"

namespace farrell {

struct CacheOptions {
  // Bytes of results kept in memory, least recently used out first. 0: none.
  std::size_t max_bytes = std::size_t{256} * 1024 * 1024;
  // Folder that results are kept in beyond the process, and its bound in bytes; empty or 0: none. Several processes may
  // share it.
  std::string directory{};
  std::size_t max_disk_bytes = std::size_t{1024} * 1024 * 1024;
  // Results that took less to compute stay out of it.
  double least_disk_seconds = 0.005;
  // The Redis that results are shared through; no address: none.
  redis::Options redis{};
  // Redis entries live this long after their last use.
  std::chrono::seconds redis_ttl{30LL * 24 * 3600};
  // Larger results stay out of Redis.
  std::size_t redis_max_entry_bytes = std::size_t{32} * 1024 * 1024;
  // The Redis that says who computes what; no address, or the same: the one above. Without either, a key is computed
  // once at a time in each process.
  redis::Options coordination{};
  // Others take over from a process that was killed after this long. At least 100 ms.
  std::chrono::milliseconds lease{10'000};
  // Told when a Redis ("redis" or "coordination") is found away, and with Ok when it is back. From any thread.
  std::function<void(const std::string& which, const Status& status)> watch{};
  // Told when a result computed again is not the kept one.
  OnContradiction contradicted{};
};

// Thread-safe.
class ResultCache final : public KeptResults {
 public:
  enum class Source : std::uint8_t { kMemory, kDisk, kRedis, kCoalesced, kComputed };

  struct Found {
    std::string bytes;
    Source source = Source::kComputed;
    double seconds = 0;  // from memory or a file: what computing them took
  };

  using Compute = std::function<Result<std::string>(std::stop_token)>;

  explicit ResultCache(const CacheOptions& options = {});
  ~ResultCache() override;
  ResultCache(const ResultCache&) = delete;
  ResultCache& operator=(const ResultCache&) = delete;

  // Memory, then files, then Redis. A result found further out is kept in memory.
  std::optional<Found> Lookup(const std::string& key);

  // The result of `key`, computed at most once at a time, in this process or among all that share a coordination.
  // `compute` runs on the thread of the first caller (the leader) with a token of its own, which fires when nobody who
  // asked for the key waits any more: a caller's `stop` only ends that caller's wait. Concurrent callers share the
  // leader's result, errors included; only results are kept. Errors that say nothing about others' attempts
  // (shared_outcome.h) do not leave the process. `skip_lookup` computes here even if the result is known, and stores
  // it; what was kept in other bytes is told (contradiction.h), counted and put aside. A stopped caller gets CANCELLED.
  Result<Found> GetOrCompute(const std::string& key, bool skip_lookup, std::stop_token stop, const Compute& compute);

  // Whether somebody has put the result aside. To be asked by who computes it: not from parts that are kept, then.
  bool IsPutAside(const std::string& key) { return Lookup(AsideKey(key)).has_value(); }

  // Keeps a result that was computed elsewhere. `again`: although it may be kept, as with `skip_lookup`.
  void Store(const std::string& key, const std::string& bytes, bool again = false);

  // Remembers what `key` stands for: `action` gives its canonical description, made from the data of `snapshot`. Cheap
  // for what is known; `action` is not called then. The key need not have a result.
  void Describe(const std::string& key, const std::string& snapshot, const std::function<std::string()>& action);

  // Counts a hit in memory: a caller answers from what it has kept of a result found there, which took `seconds`.
  void CountReuse(double seconds);

  CacheCounts counts() const override;
  std::optional<Description> DescriptionOf(const std::string& key) override;
  std::vector<Description> LatestDescriptions(std::size_t limit) override;
  // Those in memory and files.
  std::vector<std::string> Keys(std::string_view prefix, std::size_t limit) override;
  std::vector<Holding> Holdings(const std::string& key) override;
  std::vector<TierUsage> Usage() override;
  Status Pin(const std::string& key) override;
  Status Unpin(const std::string& key) override;
  // What the result was put together from is not taken either when it is computed the next time (IsPutAside).
  bool Quarantine(const std::string& key) override;
  CacheVerification Verify(std::int64_t sample, const std::stop_token& stop) override;

  // Callers of GetOrCompute that share the computation of a key under way; 0: there is none.
  int WaitingForTest(const std::string& key);

 private:
  // Of the mark that Quarantine leaves.
  static std::string AsideKey(const std::string& key);

  class State;
  class Question;
  std::unique_ptr<State> state_;
};

// "memory", "disk", "redis", "coalesced", "computed".
const char* SourceName(ResultCache::Source source);

}  // namespace farrell
