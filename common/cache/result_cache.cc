#include "common/cache/result_cache.h"

#include <atomic>
#include <utility>

#include "common/cache/lease.h"
#include "common/cache/memory_cache.h"
#include "common/cache/redis_cache.h"
#include "common/cache/single_flight.h"
#include "common/canonical/canonical.h"
#include "common/redis/client.h"

namespace farrell {
namespace {

using Source = ResultCache::Source;
using Compute = ResultCache::Compute;

std::shared_ptr<redis::Client> Connect(const std::string& which, const CacheOptions& options,
                                       const redis::Options& redis) {
  if (redis.address.empty()) return nullptr;
  redis::Client::Watch watch;
  if (options.watch) watch = [told = options.watch, which](const Status& status) { told(which, status); };
  return std::make_shared<redis::Client>(redis, std::move(watch));
}

}  // namespace

class ResultCache::State {
 public:
  explicit State(const CacheOptions& options) : memory(options.max_bytes) {
    if (const auto client = Connect("redis", options, options.redis)) {
      shared.emplace(client, options.redis_ttl, options.redis_max_entry_bytes);
      coordination = client;
    }
    coordination_apart = options.coordination.address != options.redis.address;
    if (const auto client = Connect("coordination", options, options.coordination); client && coordination_apart) {
      coordination = client;
    }
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

  // Counted by the caller: it may be a hit or the result of another process waited for.
  std::optional<std::string> FromRedis(const std::string& key) {
    if (!shared) return std::nullopt;
    std::optional<RedisCache::Entry> entry = shared->Get(key);
    if (!entry) return std::nullopt;
    Saved(entry->seconds);
    memory.Put(key, {entry->bytes, entry->digest, entry->seconds});
    return std::move(entry->bytes);
  }

  void Saved(double seconds) { seconds_saved.fetch_add(seconds); }
  void Reused(double seconds) {
    ++memory_hits;
    Saved(seconds);
  }

  MemoryCache memory;
  std::optional<RedisCache> shared;
  std::shared_ptr<redis::Client> coordination;
  bool coordination_apart = false;
  std::optional<Leases> leases;
  SingleFlight flights;
  std::atomic<std::int64_t> memory_hits = 0;
  std::atomic<std::int64_t> redis_hits = 0;
  std::atomic<std::int64_t> coalesced = 0;
  std::atomic<std::int64_t> computed = 0;
  std::atomic<std::int64_t> bypassed = 0;
  std::atomic<std::int64_t> corrupt_entries = 0;
  std::atomic<std::int64_t> leases_lost = 0;
  std::atomic<double> seconds_saved = 0;
};

// One question of the leader of this process: where the result comes from, and what is left to do once the callers have
// it.
class ResultCache::Question {
 public:
  Question(State& state, const std::string& key, bool skip_lookup)
      : state_(state), key_(key), skip_lookup_(skip_lookup) {}

  // Redis is asked inside the flight, so that many callers of one cold key ask it once.
  Result<std::string> Answer(const std::stop_token& stop, const Compute& compute) {
    if (skip_lookup_) return Run(stop, compute);
    if (auto found = state_.FromMemory(key_))
      return From(Source::kMemory, std::move(found->bytes));  // landed meanwhile
    if (auto bytes = state_.FromRedis(key_)) return From(Source::kRedis, std::move(*bytes));
    if (!state_.leases) return Run(stop, compute);
    Leases::Turn turn = state_.leases->Await(key_, stop);
    switch (turn.kind) {
      case Leases::Turn::Kind::kStopped: return Cancelled();
      case Leases::Turn::Kind::kFailed: source_ = Source::kCoalesced; return std::move(turn.failure);
      case Leases::Turn::Kind::kLead: return Lead(std::move(turn.lease), stop, compute);
      case Leases::Turn::Kind::kDone:
        if (auto bytes = state_.FromRedis(key_)) return From(Source::kCoalesced, std::move(*bytes));
        break;  // too large for Redis, or gone already: waiting for others once more would gain nothing
      case Leases::Turn::Kind::kAway: break;
    }
    ++state_.bypassed;
    return Run(stop, compute);
  }

  // After the followers of this process have their answer: a slow Redis is the leader's patience alone.
  void Share() {
    if (entry_ && state_.shared && !state_.shared->Put(key_, *entry_, lease_ ? lease_->fence() : 0)) lost_ = true;
    if (lease_ && !lease_->Finish(OutcomeOf(failure_))) lost_ = true;
    if (lost_) ++state_.leases_lost;
  }

  Source source() const { return source_; }

 private:
  Result<std::string> From(Source source, std::string bytes) {
    source_ = source;
    if (source == Source::kRedis) ++state_.redis_hits;
    return bytes;
  }

  Result<std::string> Lead(std::unique_ptr<Lease> lease, const std::stop_token& stop, const Compute& compute) {
    lease_ = std::move(lease);
    // Another process may have finished between the look and the lease.
    if (auto bytes = state_.FromRedis(key_)) return From(Source::kRedis, std::move(*bytes));
    return Run(lease_->Guard(stop), compute);
  }

  Result<std::string> Run(const std::stop_token& stop, const Compute& compute) {
    failure_ = Cancelled();  // what an exception leaves behind
    const auto start = std::chrono::steady_clock::now();
    Result<std::string> result = compute(stop);
    failure_ = result.status();
    if (!result.ok()) return result;
    ++state_.computed;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    entry_ = {*result, canonical::Sha256(*result), seconds};
    state_.memory.Put(key_, {entry_->bytes, entry_->digest, seconds});
    return result;
  }

  State& state_;
  const std::string& key_;
  const bool skip_lookup_;
  Source source_ = Source::kComputed;
  std::unique_ptr<Lease> lease_;
  std::optional<RedisCache::Entry> entry_;  // computed here, to be shared
  Status failure_;
  bool lost_ = false;
};

ResultCache::ResultCache(const CacheOptions& options) : state_(std::make_unique<State>(options)) {}
ResultCache::~ResultCache() = default;

std::optional<ResultCache::Found> ResultCache::Lookup(const std::string& key) {
  if (auto found = state_->FromMemory(key)) return found;
  if (auto bytes = state_->FromRedis(key)) {
    ++state_->redis_hits;
    return Found{std::move(*bytes), Source::kRedis};
  }
  return std::nullopt;
}

Result<ResultCache::Found> ResultCache::GetOrCompute(const std::string& key, bool skip_lookup, std::stop_token stop,
                                                     const Compute& compute) {
  if (stop.stop_requested()) return Cancelled();
  if (!skip_lookup) {
    if (auto found = state_->FromMemory(key)) return std::move(*found);
  }
  Question question(*state_, key, skip_lookup);
  const auto work = [&](const std::stop_token& flight_stop) { return question.Answer(flight_stop, compute); };
  // A caller who asks for a fresh computation must not be given one that began with a look-up.
  SingleFlight::Outcome outcome = state_->flights.Do(skip_lookup ? "fresh:" + key : key, std::move(stop), work);
  const Source source = outcome.led ? question.source() : Source::kCoalesced;
  if (outcome.led) question.Share();
  if (source == Source::kCoalesced && outcome.result.status().code() != Code::kCancelled) ++state_->coalesced;
  if (!outcome.result.ok()) return outcome.result.status();
  return Found{std::move(outcome.result).value(), source};
}

void ResultCache::Store(const std::string& key, const std::string& bytes) {
  const std::string digest = canonical::Sha256(bytes);
  state_->memory.Put(key, {bytes, digest});
  if (state_->shared) state_->shared->Put(key, {bytes, digest}, 0);
}

void ResultCache::CountReuse(double seconds) { state_->Reused(seconds); }

int ResultCache::WaitingForTest(const std::string& key) { return state_->flights.WaitingForTest(key); }

CacheCounts ResultCache::counts() const {
  CacheCounts counts;
  counts.memory_hits = state_->memory_hits;
  counts.redis_hits = state_->redis_hits;
  counts.coalesced = state_->coalesced;
  counts.computed = state_->computed;
  counts.bypassed = state_->bypassed;
  counts.corrupt_entries = state_->corrupt_entries;
  counts.leases_lost = state_->leases_lost;
  counts.seconds_saved = state_->seconds_saved;
  if (state_->shared) {
    counts.redis_failures = state_->shared->failures();
    counts.corrupt_entries += state_->shared->corrupt_entries();
  }
  if (state_->coordination_apart) counts.redis_failures += state_->coordination->failures();
  return counts;
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
