// The last tier: results in Redis, shared by all replicas.
//
//   farrell.ac:{KEY}      hash {digest, size, seconds, schema, seal, fence}: what the action's result is
//   farrell.cas:{DIGEST}  the bytes of that result
//   farrell.bad:{…}       either of them after it was found corrupt, kept for a day to be looked at
//
// Both are read in one script, so that an action whose content was evicted is a miss and is deleted. The seal is a
// SHA-256 over the key and the fields that matter: an entry that was damaged, or stands under a key that is not its
// own, is a miss. It holds no secret: who may write to Redis is decided by Redis' users.
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

  struct Entry {
    std::string bytes;
    std::string digest;
    double seconds = 0;  // what computing it took
  };

  // Verified. Nothing on a miss, a failure, or a corrupt entry (which is put aside).
  std::optional<Entry> Get(const std::string& key);
  // False only when it was refused because a higher fence has written before. `fence` 0: written without a lease, never
  // refused. Entries that are too large, and failures, leave no trace.
  bool Put(const std::string& key, const Entry& entry, std::int64_t fence);

  // What is told of an entry without reading it: nothing is verified, and its life is not prolonged.
  struct Facts {
    std::size_t size = 0;
    double seconds = 0;
  };
  std::optional<Facts> Look(const std::string& key);
  // Moves the entry to where corrupt ones go. False: there is none, or Redis is away.
  bool PutAside(const std::string& key);

  std::int64_t failures() const { return refused_.load() + redis_->failures(); }
  std::int64_t corrupt_entries() const { return corrupt_.load(); }

 private:
  std::optional<redis::Reply> Run(const redis::Script& script, const std::vector<std::string>& keys,
                                  const redis::Arguments& arguments);
  std::optional<redis::Reply> PutAside(const std::string& bad, const std::string& tag);

  const std::shared_ptr<redis::Client> redis_;
  const std::chrono::seconds ttl_;
  const std::size_t max_entry_bytes_;

  std::atomic<std::int64_t> refused_ = 0;
  std::atomic<std::int64_t> corrupt_ = 0;
};

}  // namespace farrell
