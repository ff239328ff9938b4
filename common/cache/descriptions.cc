#include "common/cache/descriptions.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>
#include <set>
#include <utility>

#include "common/canonical/canonical.h"

namespace farrell {
namespace {

// Kept in memory at most.
constexpr std::size_t kMostDescriptions = 4096;
constexpr std::size_t kMostBytes = std::size_t{16} * 1024 * 1024;
// Of one description: whoever comes later is explained nothing until an older one has gone.
constexpr std::size_t kMostSnapshots = 64;

constexpr std::string_view kKind = "farrell.about 1 ";

// Redis has one name for results: descriptions stand under names that no result has.
std::string SharedName(const std::string& key) { return canonical::Sha256("farrell.about:" + key); }

std::int64_t Now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// "farrell.about 1 MILLISECONDS", the snapshots with blanks between them, the action.
std::string ToText(const Description& description) {
  std::string text(kKind);
  text += std::to_string(description.asked_ms) + '\n';
  for (const std::string& snapshot : description.snapshots) text += snapshot + ' ';
  return text + '\n' + description.action;
}

std::optional<Description> FromText(const std::string& key, std::string_view text) {
  if (!text.starts_with(kKind)) return std::nullopt;
  const std::size_t first = text.find('\n');
  const std::size_t second = first == std::string_view::npos ? first : text.find('\n', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  Description description{.key = key, .action = std::string(text.substr(second + 1))};
  std::from_chars(text.data() + kKind.size(), text.data() + first, description.asked_ms);
  std::string_view digests = text.substr(first + 1, second - first - 1);
  while (!digests.empty()) {
    const std::size_t blank = std::min(digests.find(' '), digests.size());
    description.snapshots.emplace(digests.substr(0, blank));
    digests.remove_prefix(std::min(blank + 1, digests.size()));
  }
  return description;
}

std::size_t SizeOf(const Description& description) {
  return description.key.size() + description.action.size() + 64 * description.snapshots.size();
}

}  // namespace

void Descriptions::Keep(const std::string& key, const std::string& snapshot,
                        const std::function<std::string()>& action) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = index_.find(key);
    if (found != index_.end() && found->second->snapshots.contains(snapshot)) {
      nodes_.splice(nodes_.begin(), nodes_, found->second);
      return;
    }
  }
  std::optional<Description> known = Find(key);
  const bool open = known && known->snapshots.size() >= kMostSnapshots;
  const bool told = known && (known->snapshots.contains(snapshot) || open);
  if (!known) known = Description{.key = key, .action = action(), .asked_ms = Now()};
  if (!open) known->snapshots.insert(snapshot);
  if (!told) {
    Write(*known);
  } else if (files_ != nullptr) {
    files_->Touch(key);
  }
  Remember(std::move(*known));
}

void Descriptions::Write(const Description& description) {
  if (files_ == nullptr && shared_ == nullptr) return;
  const std::string text = ToText(description);
  const std::string digest = canonical::Sha256(text);
  if (files_ != nullptr) files_->Put(description.key, {.bytes = text, .digest = digest});
  if (shared_ != nullptr) (void)shared_->Put(SharedName(description.key), {.bytes = text, .digest = digest}, 0);
}

void Descriptions::Remember(Description description) {
  const std::lock_guard lock(mutex_);
  const auto drop = [&](Nodes::iterator node) {
    bytes_ -= SizeOf(*node);
    index_.erase(node->key);
    nodes_.erase(node);
  };
  if (const auto found = index_.find(description.key); found != index_.end()) drop(found->second);
  bytes_ += SizeOf(description);
  nodes_.push_front(std::move(description));
  index_[nodes_.front().key] = nodes_.begin();
  while (nodes_.size() > 1 && (nodes_.size() > kMostDescriptions || bytes_ > kMostBytes)) {
    drop(std::prev(nodes_.end()));
  }
}

std::optional<Description> Descriptions::Find(const std::string& key) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = index_.find(key); found != index_.end()) return *found->second;
  }
  return Kept(key);
}

std::optional<Description> Descriptions::Kept(const std::string& key) {
  if (files_ != nullptr) {
    if (const auto entry = files_->Peek(key)) return FromText(key, entry->bytes);
  }
  if (shared_ != nullptr) {
    if (const auto entry = shared_->Get(SharedName(key))) return FromText(key, entry->bytes);
  }
  return std::nullopt;
}

std::vector<std::string> Descriptions::Keys(std::string_view prefix, std::size_t limit) const {
  std::vector<std::string> keys;
  if (files_ != nullptr) keys = files_->Keys(prefix, limit);
  {
    const std::lock_guard lock(mutex_);
    for (const Description& one : nodes_) {
      if (one.key.starts_with(prefix)) keys.push_back(one.key);
    }
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  if (keys.size() > limit) keys.resize(limit);
  return keys;
}

std::vector<Description> Descriptions::Latest(std::size_t limit) {
  std::vector<Description> latest;
  std::set<std::string> seen;
  {
    const std::lock_guard lock(mutex_);
    for (const Description& one : nodes_) {
      if (latest.size() == limit) break;
      seen.insert(one.key);
      latest.push_back(one);
    }
  }
  if (files_ == nullptr || latest.size() == limit) return latest;
  for (const std::string& key : files_->Latest(limit)) {
    if (latest.size() == limit) break;
    if (!seen.insert(key).second) continue;
    if (std::optional<Description> kept = Kept(key)) latest.push_back(std::move(*kept));
  }
  return latest;
}

}  // namespace farrell
