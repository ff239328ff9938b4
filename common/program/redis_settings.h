// The settings of the programs that use Redis, and what the log says about it.
#pragma once

#include <cstdint>
#include <string>

#include "common/cache/result_cache.h"
#include "common/program/settings.h"
#include "common/redis/connection.h"
#include "common/status/status.h"

namespace farrell {

// One Redis as settings name it: --KEY, --KEY-user, --KEY-password-file, --KEY-database, --KEY-timeout, --KEY-tls,
// --KEY-tls-ca, --KEY-tls-cert, --KEY-tls-key.
class RedisSettings {
 public:
  explicit RedisSettings(std::string key) : key_(std::move(key)) {}

  // `help` of --KEY.
  void AddTo(SettingTable& table, const std::string& help);
  // After the table was read. INVALID_ARGUMENT, reason REDIS_OPTIONS_INVALID, with every setting that does not go with
  // the others.
  Result<redis::Options> Read() const;

 private:
  std::string key_;
  redis::Options options_;
  bool tls_ = false;
  redis::TlsFiles files_;
};

// What a program keeps of results itself, in MiB, least recently used out first.
struct CacheSettings {
  std::int64_t memory = 256;  // --cache-memory; 0: none
  std::string directory{};    // --cache-directory: files that outlive the process; empty: none
  std::int64_t disk = 1024;   // --cache-disk, of the directory; 0: none
};
// `cache` holds the defaults and must outlive the table.
void AddCacheSettings(SettingTable& table, CacheSettings& cache);

// The cache of a program, with a line in the log whenever a Redis goes away or is back.
CacheOptions SharedCache(const redis::Options& redis, const redis::Options& coordination, const CacheSettings& cache);

// Looks at the servers once and writes a warning, with the fix, for each setting that does not fit what they are used
// for. Takes no longer than the time limits of the two.
void WarnAboutRedis(const redis::Options& redis, const redis::Options& coordination);

}  // namespace farrell
