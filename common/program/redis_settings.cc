#include "common/program/redis_settings.h"

#include <utility>

#include "common/program/contradiction_log.h"
#include "common/program/secret_file.h"
#include "common/redis/address.h"
#include "common/redis/client.h"
#include "common/redis/purpose.h"
#include "common/rpc/log.h"

namespace farrell {
namespace {

void Warn(const std::string& setting, const redis::Options& options, redis::Purpose purpose) {
  redis::Client client(options);
  const Result<std::vector<std::string>> misfits = redis::Misfits(client, purpose);
  if (!misfits.ok()) {
    Log(LogLevel::kWarning, "redis not checked", {{"setting", setting}, {"error", misfits.status().ToString()}});
    return;
  }
  for (const std::string& misfit : *misfits) {
    Log(LogLevel::kWarning, "redis does not fit its use", {{"setting", setting}, {"fix", misfit}});
  }
}

}  // namespace

void RedisSettings::AddTo(SettingTable& table, const std::string& help) {
  table.Text(key_, options_.address, "ADDRESS", help, redis::CheckAddress);
  table.Text(key_ + "-user", options_.user, "NAME", "User of that Redis; default: its default user");
  table.Text(key_ + "-password-file", options_.password_file, "FILE",
             "File with the password, read again for every new connection", CheckSecretFile);
  table.Number(key_ + "-database", options_.database, 0, 1'000'000, "Number of the database");
  table.Seconds(key_ + "-timeout", options_.timeout, 0, 60, "Longest wait for that Redis before it counts as away");
  table.Switch(key_ + "-tls", tls_, "TLS to that Redis; implied by the files below");
  table.Text(key_ + "-tls-ca", files_.authorities, "FILE",
             "Authorities that may have signed its certificate; default: those of the system");
  table.Text(key_ + "-tls-cert", files_.certificate, "FILE", "Certificate shown to it, chain included");
  table.Text(key_ + "-tls-key", files_.key, "FILE", "Key of that certificate");
}

Result<redis::Options> RedisSettings::Read() const {
  redis::Options options = options_;
  if (tls_ || !files_.authorities.empty() || !files_.certificate.empty() || !files_.key.empty()) options.tls = files_;
  FARRELL_RETURN_IF_ERROR(redis::CheckOptions("--" + key_, options));
  return options;
}

void AddCacheSettings(SettingTable& table, CacheSettings& cache) {
  constexpr std::int64_t kMost = 1'000'000;
  table.Number("cache-memory", cache.memory, 0, kMost, "MiB of results kept in memory, least recently used out first");
  table.Text(
      "cache-directory", cache.directory, "DIR",
      "Folder that results are kept in as files, which outlive the process; several may share it; default: none");
  table.Number("cache-disk", cache.disk, 0, kMost, "MiB of that folder, least recently used out first; 0: none");
}

CacheOptions SharedCache(const redis::Options& redis, const redis::Options& coordination, const CacheSettings& cache) {
  constexpr std::size_t kMebibyte = std::size_t{1024} * 1024;
  return {.max_bytes = static_cast<std::size_t>(cache.memory) * kMebibyte,
          .directory = cache.directory,
          .max_disk_bytes = static_cast<std::size_t>(cache.disk) * kMebibyte,
          .redis = redis,
          .coordination = coordination,
          // How long callers wait for a process that was killed. One that is held up longer, by the machine or by
          // Redis, loses the lease to whoever waits, and the key is computed twice.
          .lease = std::chrono::seconds(4),
          .watch =
              [](const std::string& which, const Status& status) {
                if (status.ok()) {
                  Log(LogLevel::kInfo, "redis is back", {{"setting", which}});
                } else {
                  Log(LogLevel::kWarning, "redis is away; results are computed without it",
                      {{"setting", which}, {"error", status.ToString()}});
                }
              },
          .contradicted = LogContradiction};
}

void WarnAboutRedis(const redis::Options& redis, const redis::Options& coordination) {
  if (!redis.address.empty()) Warn("redis", redis, redis::Purpose::kCache);
  // One server for both cannot fit both: it is set up as the cache, as the documentation says.
  const bool apart = !coordination.address.empty() && coordination.address != redis.address;
  if (apart) Warn("coordination", coordination, redis::Purpose::kCoordination);
}

}  // namespace farrell
