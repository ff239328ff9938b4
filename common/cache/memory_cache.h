// The first tier: results in memory, bounded in bytes, least recently used out first.
#pragma once

#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace farrell {

// Thread-safe.
class MemoryCache {
 public:
  explicit MemoryCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  struct Entry {
    std::string bytes;
    std::string digest;  // SHA-256 of the bytes when they were stored
    double seconds = 0;  // what computing them took
  };

  std::optional<Entry> Get(const std::string& key);
  // Results that do not fit at all are not kept.
  void Put(const std::string& key, Entry entry);
  void Erase(const std::string& key);

 private:
  struct Node {
    std::string key;
    Entry entry;
  };
  using Nodes = std::list<Node>;  // most recently used first

  static std::size_t Size(const Node& node) {
    return node.key.size() + node.entry.bytes.size() + node.entry.digest.size();
  }
  void Remove(Nodes::iterator node);

  const std::size_t max_bytes_;
  std::mutex mutex_;
  std::size_t bytes_ = 0;
  Nodes nodes_;
  std::unordered_map<std::string, Nodes::iterator> index_;  // looked up, never iterated
};

}  // namespace farrell
