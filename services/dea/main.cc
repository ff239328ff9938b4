// farrell-dea: the dea service as a program of its own.
#include <chrono>
#include <optional>

#include "common/cache/cache_metrics.h"
#include "common/cache/result_cache.h"
#include "common/cache/service/cache_service.h"
#include "common/program/program.h"
#include "common/program/redis_settings.h"
#include "common/redis/client.h"
#include "common/rpc/channel.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "services/dea/engine/model.h"
#include "services/dea/service/dea_service.h"
#include "services/dea/service/dispatcher.h"
#include "services/dea/service/queue_metrics.h"

namespace {

struct SharingSettings {
  std::chrono::milliseconds above{500};
  std::chrono::milliseconds shard{500};
};

void AddSharingSettings(farrell::SettingTable& table, SharingSettings& sharing) {
  table.Seconds("share-above", sharing.above, 0, 3600, "Core-seconds from which on work is shared with solvers");
  table.Seconds("shard", sharing.shard, 0, 60, "Core-seconds that a shard of shared work should take");
}

farrell::dea::DispatcherOptions DispatcherOptionsOf(const SharingSettings& sharing, int threads) {
  return {.worth_seconds = std::chrono::duration<double>(sharing.above).count(),
          .shard_seconds = std::chrono::duration<double>(sharing.shard).count(),
          .threads = threads};
}

}  // namespace

int main(int argc, char** argv) {
  farrell::Program program("farrell-dea", "Farrell's dea service: efficiency of units", "127.0.0.1:7402");
  program.Computes(farrell::dea::kAlgorithmRevision);
  program.TakesRedis();
  program.TakesThreads();
  program.CallsData();
  SharingSettings sharing;
  AddSharingSettings(program.settings(), sharing);
  farrell::CacheSettings kept;
  farrell::AddCacheSettings(program.settings(), kept);
  return program.Run(argc, argv, [&sharing, &kept](const farrell::ProgramSettings& settings) {
    farrell::ResultCache cache(farrell::SharedCache(settings.redis, settings.coordination, kept));
    const farrell::CacheMetrics cache_metrics(cache);
    std::optional<farrell::redis::Client> queue;
    std::optional<farrell::redis::Client> parts;
    std::optional<farrell::dea::Dispatcher> solvers;
    std::optional<farrell::dea::QueueMetrics> queue_metrics;
    if (!settings.coordination.address.empty()) {
      queue.emplace(settings.coordination);
      parts.emplace(settings.redis.address.empty() ? settings.coordination : settings.redis);
      solvers.emplace(*queue, *parts, DispatcherOptionsOf(sharing, settings.threads));
      queue_metrics.emplace(*queue);
    }
    const auto data = farrell::LazyChannel(settings.data, farrell::data::v1::DataService::service_full_name());
    farrell::dea::DeaService service(data, cache, settings.threads, solvers ? &*solvers : nullptr);
    farrell::CacheService cache_service({&cache}, data);
    return farrell::RunServer(settings.server, {farrell::Serve<farrell::dea::v1::DeaService>(&service),
                                                farrell::Serve<farrell::common::v1::CacheService>(&cache_service)});
  });
}
