// What looks after a result cache: who holds what, pins, quarantine, verification.
#include <algorithm>
#include <iterator>
#include <limits>
#include <random>
#include <utility>

#include "common/cache/result_cache_state.h"

namespace farrell {

std::optional<Description> ResultCache::DescriptionOf(const std::string& key) {
  return state_->descriptions->Find(key);
}

std::vector<Description> ResultCache::LatestDescriptions(std::size_t limit) {
  return state_->descriptions->Latest(limit);
}

std::vector<std::string> ResultCache::Keys(std::string_view prefix, std::size_t limit) {
  std::vector<std::string> keys = state_->descriptions->Keys(prefix, limit);
  const auto add = [&keys](std::vector<std::string> more) {
    keys.insert(keys.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  add(state_->memory.Keys(prefix));
  if (state_->files) add(state_->files->Keys(prefix, limit));
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  if (keys.size() > limit) keys.resize(limit);
  return keys;
}

std::vector<Holding> ResultCache::Holdings(const std::string& key) {
  std::vector<Holding> holdings;
  // Parts are kept without the time they took.
  const auto seconds = [](double taken) { return taken > 0 ? std::optional<double>(taken) : std::nullopt; };
  if (const auto facts = state_->memory.Look(key)) {
    holdings.push_back(
        {.tier = "memory", .bytes = static_cast<std::int64_t>(facts->size), .seconds = seconds(facts->seconds)});
  }
  if (const auto facts = state_->files ? state_->files->Look(key) : std::nullopt) {
    holdings.push_back({.tier = "disk",
                        .bytes = static_cast<std::int64_t>(facts->size),
                        .seconds = seconds(facts->seconds),
                        .made_ns = facts->made_ns,
                        .pinned = facts->pinned});
  }
  if (const auto facts = state_->shared ? state_->shared->Look(key) : std::nullopt) {
    holdings.push_back(
        {.tier = "redis", .bytes = static_cast<std::int64_t>(facts->size), .seconds = seconds(facts->seconds)});
  }
  return holdings;
}

std::vector<TierUsage> ResultCache::Usage() {
  const MemoryCache::Usage memory = state_->memory.Measure();
  std::vector<TierUsage> usage = {{.tier = "memory",
                                   .entries = memory.entries,
                                   .bytes = memory.bytes,
                                   .limit_bytes = static_cast<std::int64_t>(state_->memory.max_bytes()),
                                   .hits = state_->memory_hits.load()}};
  if (state_->files) {
    const FileCache::Usage files = state_->files->Measure();
    usage.push_back({.tier = "disk",
                     .entries = files.entries,
                     .bytes = files.bytes,
                     .limit_bytes = static_cast<std::int64_t>(state_->files->max_bytes()),
                     .hits = state_->disk_hits.load(),
                     .pinned = files.pinned,
                     .quarantined = files.quarantined});
  }
  if (state_->shared) usage.push_back({.tier = "redis", .hits = state_->redis_hits.load()});
  return usage;
}

Status ResultCache::Pin(const std::string& key) {
  if (!state_->files) {
    return Status(Code::kFailedPrecondition, "CACHE_NOT_DURABLE",
                  "this service keeps no results in files: only those can be pinned");
  }
  if (!state_->files->Look(key)) {
    std::optional<FileCache::Entry> entry;
    if (auto found = state_->memory.Peek(key); found && canonical::Sha256(found->bytes) == found->digest) {
      entry = {std::move(found->bytes), std::move(found->digest), found->seconds};
    } else if (state_->shared) {
      if (auto shared = state_->shared->Get(key)) {
        entry = {std::move(shared->bytes), std::move(shared->digest), shared->seconds};
      }
    }
    if (!entry) return NotFound("ENTRY_NOT_FOUND", "no result is kept under this key").With("key", key);
    state_->files->Put(key, *entry);
  }
  if (state_->files->Pin(key)) return Status::Ok();
  return Unavailable("CACHE_NOT_WRITABLE", "the folder of the cache cannot be written");
}

Status ResultCache::Unpin(const std::string& key) {
  if (state_->files && state_->files->Unpin(key)) return Status::Ok();
  return NotFound("PIN_NOT_FOUND", "nothing is pinned under this key").With("key", key);
}

std::string ResultCache::AsideKey(const std::string& key) {
  return canonical::Digest("farrell.put_aside.v1", canonical::Value::Object{{"key", key}});
}

bool ResultCache::Quarantine(const std::string& key) {
  // From the outermost tier in: a result that is put back from there meanwhile would stay.
  const bool shared = state_->shared && state_->shared->PutAside(key);
  const bool file = state_->files && state_->files->PutAside(key);
  const bool memory = state_->memory.Erase(key);
  const bool any = shared || file || memory;
  if (any) Store(AsideKey(key), "put aside");
  return any;
}

CacheVerification ResultCache::Verify(std::int64_t sample, const std::stop_token& stop) {
  std::vector<std::string> keys = state_->memory.Keys("");
  if (state_->files) {
    constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
    for (std::string& key : state_->files->Keys("", kAll)) keys.push_back(std::move(key));
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  CacheVerification verification{.entries = static_cast<std::int64_t>(keys.size())};
  if (sample > 0 && static_cast<std::size_t>(sample) < keys.size()) {
    // Others the next time.
    std::shuffle(keys.begin(), keys.end(), std::minstd_rand(std::random_device{}()));
    keys.resize(static_cast<std::size_t>(sample));
    std::sort(keys.begin(), keys.end());
  }
  for (const std::string& key : keys) {
    if (stop.stop_requested()) break;
    bool found = false;
    bool damaged = false;
    if (const auto entry = state_->memory.Peek(key)) {
      found = true;
      if (canonical::Sha256(entry->bytes) != entry->digest) {
        damaged = true;
        ++state_->corrupt_entries;
        state_->memory.Erase(key);
      }
    }
    if (state_->files) {
      const FileCache::Soundness file = state_->files->Verify(key);
      found = found || file != FileCache::Soundness::kGone;
      damaged = damaged || file == FileCache::Soundness::kDamaged;
    }
    if (found) ++verification.checked;
    if (damaged) verification.damaged.push_back(key);
  }
  return verification;
}

}  // namespace farrell
