#include "common/cache/memory_cache.h"

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

void MemoryCache::Erase(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (const auto found = index_.find(key); found != index_.end()) Remove(found->second);
}

void MemoryCache::Remove(Nodes::iterator node) {
  bytes_ -= Size(*node);
  index_.erase(node->key);
  nodes_.erase(node);
}

}  // namespace farrell
