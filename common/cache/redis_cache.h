// The second tier: results in Redis, shared by all replicas.
//
//   farrell.ac:{KEY}      hash {digest, size, schema}: what the action's result is
//   farrell.cas:{DIGEST}  the bytes of that result
//
// Both are read in one script, so that an action whose content was evicted is a miss and is deleted.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/redis/client.h"

namespace farrell {

// Thread-safe.
class RedisCache {
 public:
  RedisCache(std::shared_ptr<redis::Client> redis, std::chrono::seconds ttl, std::size_t max_entry_bytes);

  // The bytes, their digest verified. Nothing on a miss, a failure, or a corrupt entry (which is deleted).
  std::optional<std::string> Get(const std::string& key);
  void Put(const std::string& key, const std::string& bytes, const std::string& digest);

  std::int64_t failures() const { return refused_.load() + redis_->failures(); }
  std::int64_t corrupt_entries() const { return corrupt_.load(); }

 private:
  std::optional<redis::Reply> Run(const redis::Script& script, const std::vector<std::string>& keys,
                                  const redis::Arguments& arguments);

  const std::shared_ptr<redis::Client> redis_;
  const std::chrono::seconds ttl_;
  const std::size_t max_entry_bytes_;

  std::atomic<std::int64_t> refused_ = 0;
  std::atomic<std::int64_t> corrupt_ = 0;
};

}  // namespace farrell
