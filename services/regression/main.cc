// farrell-regression: the regression service as a program of its own.
#include "common/cache/cache_metrics.h"
#include "common/cache/result_cache.h"
#include "common/cache/service/cache_service.h"
#include "common/program/program.h"
#include "common/program/redis_settings.h"
#include "common/rpc/channel.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "services/regression/engine/fit.h"
#include "services/regression/service/regression_service.h"

int main(int argc, char** argv) {
  farrell::Program program("farrell-regression", "Farrell's regression service: panel estimators and inference",
                           "127.0.0.1:7403");
  program.Computes(farrell::regression::kAlgorithmRevision);
  program.TakesRedis();
  program.TakesThreads();
  program.CallsData();
  program.CallsDea();
  farrell::CacheSettings kept;
  farrell::AddCacheSettings(program.settings(), kept);
  return program.Run(argc, argv, [&kept](const farrell::ProgramSettings& settings) {
    farrell::ResultCache cache(farrell::SharedCache(settings.redis, settings.coordination, kept));
    const farrell::CacheMetrics cache_metrics(cache);
    const auto data = farrell::LazyChannel(settings.data, farrell::data::v1::DataService::service_full_name());
    farrell::regression::RegressionService service(
        data, cache, settings.threads,
        farrell::LazyChannel(settings.dea, farrell::dea::v1::DeaService::service_full_name()));
    farrell::CacheService cache_service({&cache}, data);
    return farrell::RunServer(settings.server, {farrell::Serve<farrell::regression::v1::RegressionService>(&service),
                                                farrell::Serve<farrell::common::v1::CacheService>(&cache_service)});
  });
}
