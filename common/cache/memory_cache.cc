#include "common/cache/memory_cache.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace farrell {

std::optional<MemoryCache::Entry> MemoryCache::Get(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) return std::nullopt;
  nodes_.splice(nodes_.begin(), nodes_, found->second);
  return found->second->entry;
}

void MemoryCache::Put(const std::string& key, Entry entry) {
  const std::lock_guard lock(mutex_);
  if (const auto found = index_.find(key); found != index_.end()) Remove(found->second);
  Node node{key, std::move(entry)};
  const std::size_t size = Size(node);
  if (size > max_bytes_) return;
  while (bytes_ + size > max_bytes_) Remove(std::prev(nodes_.end()));
  nodes_.push_front(std::move(node));
  index_[key] = nodes_.begin();
  bytes_ += size;
}

bool MemoryCache::Erase(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) return false;
  Remove(found->second);
  return true;
}

std::optional<MemoryCache::Facts> MemoryCache::Look(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) return std::nullopt;
  return Facts{found->second->entry.bytes.size(), found->second->entry.seconds};
}

std::optional<MemoryCache::Entry> MemoryCache::Peek(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) return std::nullopt;
  return found->second->entry;
}

std::vector<std::string> MemoryCache::Keys(std::string_view prefix) const {
  std::vector<std::string> keys;
  {
    const std::lock_guard lock(mutex_);
    for (const Node& node : nodes_) {
      if (node.key.starts_with(prefix)) keys.push_back(node.key);
    }
  }
  std::sort(keys.begin(), keys.end());
  return keys;
}

MemoryCache::Usage MemoryCache::Measure() const {
  const std::lock_guard lock(mutex_);
  return {static_cast<std::int64_t>(nodes_.size()), static_cast<std::int64_t>(bytes_)};
}

void MemoryCache::Remove(Nodes::iterator node) {
  bytes_ -= Size(*node);
  index_.erase(node->key);
  nodes_.erase(node);
}

}  // namespace farrell
