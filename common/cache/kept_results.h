// What a process keeps of results, as whoever looks after it sees it (common/cache/service). Looking counts as no use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/cache/description.h"
#include "common/status/status.h"

namespace farrell {

// What happened since the cache was made.
struct CacheCounts {
  std::int64_t memory_hits = 0;
  std::int64_t disk_hits = 0;
  std::int64_t redis_hits = 0;
  std::int64_t coalesced = 0;  // answers of a computation that another caller or process had under way
  std::int64_t computed = 0;
  std::int64_t bypassed = 0;         // of those computed: without asking the other processes, which was not possible
  std::int64_t redis_failures = 0;   // commands or connections that failed, of either Redis
  std::int64_t disk_failures = 0;    // entries that could not be written to a file
  std::int64_t corrupt_entries = 0;  // entries that failed verification, of any tier
  std::int64_t contradictions = 0;   // results computed again that were kept in other bytes
  std::int64_t leases_lost = 0;      // computations that ended after another process had taken over
  double seconds_saved = 0;          // what computing the results took that came from memory, a file or Redis
};

// A tier that holds an entry.
struct Holding {
  std::string tier;  // "memory", "disk", "redis", "store"
  std::int64_t bytes = 0;
  std::optional<double> seconds{};  // what computing it took
  std::int64_t made_ns = 0;         // Unix time; 0: not known
  bool pinned = false;
};

// What a tier holds.
struct TierUsage {
  std::string tier;
  std::optional<std::int64_t> entries{};  // unset: not counted
  std::optional<std::int64_t> bytes{};
  std::int64_t limit_bytes = 0;        // 0: none of its own
  std::optional<std::int64_t> hits{};  // since the process began; unset: not counted
  std::int64_t pinned = 0;
  std::int64_t quarantined = 0;
};

// What re-reading entries found.
struct CacheVerification {
  std::int64_t entries = 0;  // that there are, in the tiers that can be listed
  std::int64_t checked = 0;
  std::vector<std::string> damaged{};  // put aside
};

// Thread-safe.
class KeptResults {
 public:
  KeptResults() = default;
  virtual ~KeptResults() = default;
  KeptResults(const KeptResults&) = delete;
  KeptResults& operator=(const KeptResults&) = delete;

  virtual CacheCounts counts() const = 0;
  // Nothing: the key was never described, or that was lost. The action may be empty: only the data are known.
  virtual std::optional<Description> DescriptionOf(const std::string& key) = 0;
  // Asked for last, latest first.
  virtual std::vector<Description> LatestDescriptions(std::size_t limit) = 0;
  // Keys, described or with a result, that begin with `prefix`; in increasing order.
  virtual std::vector<std::string> Keys(std::string_view prefix, std::size_t limit) = 0;
  // The tiers that hold the result of a key.
  virtual std::vector<Holding> Holdings(const std::string& key) = 0;
  virtual std::vector<TierUsage> Usage() = 0;
  // An entry that is pinned stays, however long nobody asks for it. Errors: NOT_FOUND ENTRY_NOT_FOUND,
  // FAILED_PRECONDITION CACHE_NOT_DURABLE (nothing is kept beyond the process), UNAVAILABLE CACHE_NOT_WRITABLE.
  virtual Status Pin(const std::string& key) = 0;
  // Errors: NOT_FOUND PIN_NOT_FOUND.
  virtual Status Unpin(const std::string& key) = 0;
  // Takes an entry out of every tier that this process reaches; those beyond the process keep it aside. False: there
  // was none.
  virtual bool Quarantine(const std::string& key) = 0;
  // Reads entries again, `sample` of them spread over all, or all (0). Stops early when told to.
  virtual CacheVerification Verify(std::int64_t sample, const std::stop_token& stop) = 0;
};

}  // namespace farrell
