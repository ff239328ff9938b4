// Results of shards, by content key, in the Redis that caches. Losing one costs doing the shard again.
//
//   farrell.part:{KEY}   the SHA-256 of key and bytes as 64 digits, then the bytes: what stands under a key that is not
//                        its own is no part
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

#include "common/redis/client.h"
#include "common/status/status.h"

namespace farrell::queue {

// Thread-safe. `redis` outlives it.
class PartStore {
 public:
  explicit PartStore(redis::Client& redis) : redis_(redis) {}

  // Larger results are not kept: divide the work further.
  static constexpr std::size_t kMostBytes = std::size_t{64} * 1024 * 1024;

  // Nothing when it is not there, Redis cannot be reached, or the entry is damaged or another's (it is deleted then).
  std::optional<std::string> Get(const std::string& key);
  bool Has(const std::string& key);
  // For an hour. Errors: those of Redis; RESOURCE_EXHAUSTED PART_TOO_LARGE.
  Status Put(const std::string& key, const std::string& bytes);

 private:
  redis::Client& redis_;
};

}  // namespace farrell::queue
