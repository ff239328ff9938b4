#include "common/cache/result_cache.h"

#include <atomic>
#include <utility>

#include "common/cache/memory_cache.h"
#include "common/cache/redis_cache.h"
#include "common/cache/single_flight.h"
#include "common/canonical/canonical.h"
#include "common/redis/address.h"
#include "common/redis/client.h"

namespace farrell {

class ResultCache::State {
 public:
  explicit State(const CacheOptions& options) : memory(options.max_bytes) {
    if (!options.redis_address.empty()) {
      shared.emplace(std::make_shared<redis::Client>(
                         redis::Options{.address = options.redis_address, .timeout = options.redis_timeout}),
                     options.redis_ttl, options.redis_max_entry_bytes);
    }
  }

  std::optional<std::string> FromMemory(const std::string& key) {
    std::optional<MemoryCache::Entry> entry = memory.Get(key);
    if (!entry) return std::nullopt;
    if (canonical::Sha256(entry->bytes) != entry->digest) {
      ++corrupt_entries;
      memory.Erase(key);
      return std::nullopt;
    }
    ++memory_hits;
    return std::move(entry->bytes);
  }

  std::optional<std::string> FromRedis(const std::string& key) {
    if (!shared) return std::nullopt;
    std::optional<std::string> bytes = shared->Get(key);
    if (bytes) {
      ++redis_hits;
      memory.Put(key, {*bytes, canonical::Sha256(*bytes)});
    }
    return bytes;
  }

  void Keep(const std::string& key, const std::string& bytes) {
    const std::string digest = canonical::Sha256(bytes);
    memory.Put(key, {bytes, digest});
    if (shared) shared->Put(key, bytes, digest);
  }

  MemoryCache memory;
  std::optional<RedisCache> shared;
  SingleFlight flights;
  std::atomic<std::int64_t> memory_hits = 0;
  std::atomic<std::int64_t> redis_hits = 0;
  std::atomic<std::int64_t> coalesced = 0;
  std::atomic<std::int64_t> computed = 0;
  std::atomic<std::int64_t> corrupt_entries = 0;
};

ResultCache::ResultCache(const CacheOptions& options) : state_(std::make_unique<State>(options)) {}
ResultCache::~ResultCache() = default;

std::optional<ResultCache::Found> ResultCache::Lookup(const std::string& key) {
  if (auto bytes = state_->FromMemory(key)) return Found{std::move(*bytes), Source::kMemory};
  if (auto bytes = state_->FromRedis(key)) return Found{std::move(*bytes), Source::kRedis};
  return std::nullopt;
}

Result<ResultCache::Found> ResultCache::GetOrCompute(const std::string& key, bool skip_lookup, std::stop_token stop,
                                                     const Compute& compute) {
  if (stop.stop_requested()) return Cancelled();
  if (!skip_lookup) {
    if (auto bytes = state_->FromMemory(key)) return Found{std::move(*bytes), Source::kMemory};
  }
  Source source = Source::kComputed;
  // Redis is asked inside the flight, so that many callers of one cold key ask it once.
  const auto work = [&](const std::stop_token& flight_stop) -> Result<std::string> {
    if (!skip_lookup) {
      if (auto bytes = state_->FromMemory(key)) {  // landed between the look and the flight
        source = Source::kMemory;
        return std::move(*bytes);
      }
      if (auto bytes = state_->FromRedis(key)) {
        source = Source::kRedis;
        return std::move(*bytes);
      }
    }
    Result<std::string> result = compute(flight_stop);
    if (result.ok()) {
      ++state_->computed;
      state_->memory.Put(key, {*result, canonical::Sha256(*result)});
    }
    return result;
  };
  // A caller who asks for a fresh computation must not be given one that began with a look-up.
  SingleFlight::Outcome outcome = state_->flights.Do(skip_lookup ? "fresh:" + key : key, std::move(stop), work);
  if (!outcome.result.ok()) return outcome.result.status();
  if (!outcome.led) {
    ++state_->coalesced;
    return Found{std::move(outcome.result).value(), Source::kCoalesced};
  }
  // After the followers have their answer: a slow Redis is the leader's patience alone.
  if (source == Source::kComputed && state_->shared) {
    state_->shared->Put(key, *outcome.result, canonical::Sha256(*outcome.result));
  }
  return Found{std::move(outcome.result).value(), source};
}

void ResultCache::Store(const std::string& key, const std::string& bytes) { state_->Keep(key, bytes); }

int ResultCache::WaitingForTest(const std::string& key) { return state_->flights.WaitingForTest(key); }

CacheCounts ResultCache::counts() const {
  CacheCounts counts;
  counts.memory_hits = state_->memory_hits;
  counts.redis_hits = state_->redis_hits;
  counts.coalesced = state_->coalesced;
  counts.computed = state_->computed;
  counts.corrupt_entries = state_->corrupt_entries;
  if (state_->shared) {
    counts.redis_failures = state_->shared->failures();
    counts.corrupt_entries += state_->shared->corrupt_entries();
  }
  return counts;
}

Status CheckRedisAddress(const std::string& name, const std::string& address) {
  return redis::CheckAddress(name, address);
}

const char* SourceName(ResultCache::Source source) {
  switch (source) {
    case ResultCache::Source::kMemory: return "memory";
    case ResultCache::Source::kRedis: return "redis";
    case ResultCache::Source::kCoalesced: return "coalesced";
    case ResultCache::Source::kComputed: return "computed";
  }
  return "computed";
}

}  // namespace farrell
