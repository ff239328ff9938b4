// What content keys stand for: the canonical description that was hashed, kept so that a key can be explained later,
// also one that was only planned.
//
// A description is kept in memory, as a file beside the entries and in Redis, under the key it explains. Losing it
// loses an explanation and nothing else.
#pragma once

#include <cstddef>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/cache/description.h"
#include "common/cache/file_cache.h"
#include "common/cache/redis_cache.h"

namespace farrell {

// Thread-safe.
class Descriptions {
 public:
  // Null: no such tier. Both outlive it.
  Descriptions(FileCache* files, RedisCache* shared) : files_(files), shared_(shared) {}

  // Remembers what `key` stands for, made from `snapshot`. Cheap for what is known: `action` is not called then.
  void Keep(const std::string& key, const std::string& snapshot, const std::function<std::string()>& action);

  std::optional<Description> Find(const std::string& key);
  // Those that begin with `prefix`, in memory or files, at most `limit`; in increasing order.
  std::vector<std::string> Keys(std::string_view prefix, std::size_t limit) const;
  // Asked for last, latest first, at most `limit`: of this process, then of the others.
  std::vector<Description> Latest(std::size_t limit);

 private:
  using Nodes = std::list<Description>;  // asked for last, first

  // What other processes have kept.
  std::optional<Description> Kept(const std::string& key);
  void Write(const Description& description);
  void Remember(Description description);

  FileCache* files_;
  RedisCache* shared_;

  mutable std::mutex mutex_;
  Nodes nodes_;
  std::unordered_map<std::string, Nodes::iterator> index_;
  std::size_t bytes_ = 0;
};

}  // namespace farrell
