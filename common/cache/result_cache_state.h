// The tiers of a result cache and what is counted of them; for the sources of ResultCache alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/cache/descriptions.h"
#include "common/cache/file_cache.h"
#include "common/cache/lease.h"
#include "common/cache/memory_cache.h"
#include "common/cache/redis_cache.h"
#include "common/cache/result_cache.h"
#include "common/cache/single_flight.h"
#include "common/canonical/canonical.h"
#include "common/redis/client.h"

namespace farrell {

class ResultCache::State {
 public:
  explicit State(const CacheOptions& options)
      : memory(options.max_bytes), least_disk_seconds(options.least_disk_seconds), contradicted(options.contradicted) {
    if (const auto client = Connect("redis", options, options.redis)) {
      shared.emplace(client, options.redis_ttl, options.redis_max_entry_bytes);
      coordination = client;
    }
    coordination_apart = options.coordination.address != options.redis.address;
    if (const auto client = Connect("coordination", options, options.coordination); client && coordination_apart) {
      coordination = client;
    }
    if (!options.directory.empty() && options.max_disk_bytes > 0) {
      files.emplace(options.directory, options.max_disk_bytes);
      described_files.emplace(options.directory + "/about", options.max_disk_bytes / 8);
    }
    descriptions.emplace(described_files ? &*described_files : nullptr, shared ? &*shared : nullptr);
    // Without a shared cache there is nothing that others could wait for.
    if (shared && coordination != nullptr) leases.emplace(coordination, options.lease);
  }

  std::optional<Found> FromMemory(const std::string& key) {
    std::optional<MemoryCache::Entry> entry = memory.Get(key);
    if (!entry) return std::nullopt;
    if (canonical::Sha256(entry->bytes) != entry->digest) {
      ++corrupt_entries;
      memory.Erase(key);
      return std::nullopt;
    }
    Reused(entry->seconds);
    return Found{std::move(entry->bytes), Source::kMemory, entry->seconds};
  }

  // Counted by the caller.
  std::optional<Found> FromFile(const std::string& key) {
    if (!files) return std::nullopt;
    std::optional<FileCache::Entry> entry = files->Get(key);
    if (!entry) return std::nullopt;
    Saved(entry->seconds);
    memory.Put(key, {entry->bytes, entry->digest, entry->seconds});
    return Found{std::move(entry->bytes), Source::kDisk, entry->seconds};
  }

  // What is computed faster than it is fetched would only drive out the rest.
  void KeepOnDisk(const std::string& key, const FileCache::Entry& entry) {
    if (files && entry.seconds >= least_disk_seconds) files->Put(key, entry);
  }

  // Counted by the caller: it may be a hit or the result of another process waited for.
  std::optional<std::string> FromRedis(const std::string& key) {
    if (!shared) return std::nullopt;
    std::optional<RedisCache::Entry> entry = shared->Get(key);
    if (!entry) return std::nullopt;
    Saved(entry->seconds);
    memory.Put(key, {entry->bytes, entry->digest, entry->seconds});
    KeepOnDisk(key, {entry->bytes, entry->digest, entry->seconds});
    return std::move(entry->bytes);
  }

  static std::shared_ptr<redis::Client> Connect(const std::string& which, const CacheOptions& options,
                                                const redis::Options& redis) {
    if (redis.address.empty()) return nullptr;
    redis::Client::Watch watch;
    if (options.watch) watch = [told = options.watch, which](const Status& status) { told(which, status); };
    return std::make_shared<redis::Client>(redis, std::move(watch));
  }

  // Holds a result that was computed although it may be kept against what is kept in other bytes under its key, and is
  // about to be replaced: that is told, counted and put aside.
  void HoldAgainstKept(const std::string& key, const std::string& digest);

  void Saved(double seconds) { seconds_saved.fetch_add(seconds); }
  void Reused(double seconds) {
    ++memory_hits;
    Saved(seconds);
  }

  MemoryCache memory;
  const double least_disk_seconds;
  const OnContradiction contradicted;
  std::optional<FileCache> files;
  std::optional<FileCache> described_files;
  std::optional<RedisCache> shared;
  std::shared_ptr<redis::Client> coordination;
  bool coordination_apart = false;
  std::optional<Descriptions> descriptions;  // always there; after the tiers it writes to
  std::optional<Leases> leases;
  SingleFlight flights;
  std::atomic<std::int64_t> memory_hits = 0;
  std::atomic<std::int64_t> disk_hits = 0;
  std::atomic<std::int64_t> redis_hits = 0;
  std::atomic<std::int64_t> coalesced = 0;
  std::atomic<std::int64_t> computed = 0;
  std::atomic<std::int64_t> bypassed = 0;
  std::atomic<std::int64_t> corrupt_entries = 0;
  std::atomic<std::int64_t> contradictions = 0;
  std::atomic<std::int64_t> leases_lost = 0;
  std::atomic<double> seconds_saved = 0;
};

}  // namespace farrell
