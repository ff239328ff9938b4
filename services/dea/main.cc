// farrell-dea: the dea service as a program of its own.
#include "common/cache/cache_metrics.h"
#include "common/cache/result_cache.h"
#include "common/program/program.h"
#include "common/program/redis_settings.h"
#include "common/rpc/channel.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "services/dea/engine/model.h"
#include "services/dea/service/dea_service.h"

int main(int argc, char** argv) {
  farrell::Program program("farrell-dea", "Farrell's dea service: efficiency of units", "127.0.0.1:7402");
  program.Computes(farrell::dea::kAlgorithmRevision);
  program.TakesRedis();
  program.TakesThreads();
  program.CallsData();
  return program.Run(argc, argv, [](const farrell::ProgramSettings& settings) {
    farrell::ResultCache cache(farrell::SharedCache(settings.redis, settings.coordination));
    const farrell::CacheMetrics cache_metrics(cache);
    farrell::dea::DeaService service(
        farrell::LazyChannel(settings.data, farrell::data::v1::DataService::service_full_name()), cache,
        settings.threads);
    return farrell::RunServer(settings.server, {farrell::Serve<farrell::dea::v1::DeaService>(&service)});
  });
}
