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
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/cache/redis_connection.h"

namespace farrell {

// Thread-safe.
class RedisCache {
 public:
  RedisCache(std::string address, std::chrono::milliseconds timeout, std::chrono::seconds ttl,
             std::size_t max_entry_bytes);

  // The bytes, their digest verified. Nothing on a miss, a failure, or a corrupt entry (which is deleted).
  std::optional<std::string> Get(const std::string& key);
  void Put(const std::string& key, const std::string& bytes, const std::string& digest);

  std::int64_t failures() const { return failures_.load(); }
  std::int64_t corrupt_entries() const { return corrupt_.load(); }

 private:
  std::optional<RedisReply> Call(const std::vector<std::string>& arguments);
  std::unique_ptr<RedisConnection> TakeIdle();
  void GiveBack(std::unique_ptr<RedisConnection> connection);
  bool Paused();
  void Failed();
  void Succeeded();

  const std::string address_;
  const std::chrono::milliseconds timeout_;
  const std::chrono::seconds ttl_;
  const std::size_t max_entry_bytes_;

  std::mutex mutex_;
  std::vector<std::unique_ptr<RedisConnection>> idle_;
  std::chrono::milliseconds pause_{0};
  std::chrono::steady_clock::time_point paused_until_;

  std::atomic<std::int64_t> failures_ = 0;
  std::atomic<std::int64_t> corrupt_ = 0;
};

}  // namespace farrell
