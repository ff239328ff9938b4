// The first tier: results in memory, bounded in bytes, least recently used out first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

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
  // False: there was none.
  bool Erase(const std::string& key);

  // Size and seconds of an entry, without counting as a use.
  struct Facts {
    std::size_t size = 0;
    double seconds = 0;
  };
  std::optional<Facts> Look(const std::string& key) const;
  // The same as Get without counting as a use.
  std::optional<Entry> Peek(const std::string& key) const;
  // Of the entries that begin with `prefix`, in increasing order.
  std::vector<std::string> Keys(std::string_view prefix) const;
  struct Usage {
    std::int64_t entries = 0;
    std::int64_t bytes = 0;
  };
  Usage Measure() const;
  std::size_t max_bytes() const { return max_bytes_; }

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
  mutable std::mutex mutex_;
  std::size_t bytes_ = 0;
  Nodes nodes_;
  std::unordered_map<std::string, Nodes::iterator> index_;  // looked up, never iterated
};

}  // namespace farrell
