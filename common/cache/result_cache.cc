#include "common/cache/result_cache.h"

#include <utility>

#include "common/cache/result_cache_state.h"
#include "common/canonical/canonical.h"

namespace farrell {
namespace {

using Source = ResultCache::Source;
using Compute = ResultCache::Compute;

}  // namespace

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
    if (auto found = state_.FromFile(key_)) return From(Source::kDisk, std::move(found->bytes));
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
    if (entry_) state_.KeepOnDisk(key_, {entry_->bytes, entry_->digest, entry_->seconds});
    if (entry_ && state_.shared && !state_.shared->Put(key_, *entry_, lease_ ? lease_->fence() : 0)) lost_ = true;
    if (lease_ && !lease_->Finish(OutcomeOf(failure_))) lost_ = true;
    if (lost_) ++state_.leases_lost;
  }

  Source source() const { return source_; }

 private:
  Result<std::string> From(Source source, std::string bytes) {
    source_ = source;
    if (source == Source::kDisk) ++state_.disk_hits;
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
    if (skip_lookup_) state_.HoldAgainstKept(key_, entry_->digest);
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
  if (auto found = state_->FromFile(key)) {
    ++state_->disk_hits;
    return found;
  }
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

void ResultCache::Store(const std::string& key, const std::string& bytes, bool again) {
  const std::string digest = canonical::Sha256(bytes);
  if (again) state_->HoldAgainstKept(key, digest);
  state_->memory.Put(key, {bytes, digest});
  if (state_->files) state_->files->Put(key, {bytes, digest});
  if (state_->shared) state_->shared->Put(key, {bytes, digest}, 0);
}

void ResultCache::Describe(const std::string& key, const std::string& snapshot,
                           const std::function<std::string()>& action) {
  state_->descriptions->Keep(key, snapshot, action);
}

void ResultCache::CountReuse(double seconds) { state_->Reused(seconds); }

int ResultCache::WaitingForTest(const std::string& key) { return state_->flights.WaitingForTest(key); }

CacheCounts ResultCache::counts() const {
  CacheCounts counts;
  counts.memory_hits = state_->memory_hits;
  counts.disk_hits = state_->disk_hits;
  counts.redis_hits = state_->redis_hits;
  counts.coalesced = state_->coalesced;
  counts.computed = state_->computed;
  counts.bypassed = state_->bypassed;
  counts.corrupt_entries = state_->corrupt_entries;
  counts.contradictions = state_->contradictions;
  counts.leases_lost = state_->leases_lost;
  counts.seconds_saved = state_->seconds_saved;
  if (state_->shared) {
    counts.redis_failures = state_->shared->failures();
    counts.corrupt_entries += state_->shared->corrupt_entries();
  }
  if (state_->files) {
    counts.corrupt_entries += state_->files->corrupt_entries();
    counts.disk_failures = state_->files->not_kept();
  }
  if (state_->coordination_apart) counts.redis_failures += state_->coordination->failures();
  return counts;
}

const char* SourceName(ResultCache::Source source) {
  switch (source) {
    case ResultCache::Source::kMemory: return "memory";
    case ResultCache::Source::kDisk: return "disk";
    case ResultCache::Source::kRedis: return "redis";
    case ResultCache::Source::kCoalesced: return "coalesced";
    case ResultCache::Source::kComputed: return "computed";
  }
  return "computed";
}

}  // namespace farrell
