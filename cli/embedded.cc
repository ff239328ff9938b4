#include "cli/embedded.h"

#include <utility>
#include <vector>

#include "common/cache/result_cache.h"
#include "common/cache/service/cache_service.h"
#include "common/program/cpu_count.h"
#include "common/program/state_directory.h"
#include "common/redis/address.h"
#include "common/rpc/channel.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "farrell/regression/v1/regression.grpc.pb.h"
#include "farrell/reporting/v1/reporting.grpc.pb.h"
#include "services/data/service/data_service.h"
#include "services/dea/service/dea_service.h"
#include "services/regression/service/regression_service.h"
#include "services/reporting/service/figures_script.h"
#include "services/reporting/service/reporting_service.h"

namespace farrell::cli {
namespace {

// Nothing outlives a process whose state is its memory.
CacheOptions CacheOptionsOf(const EmbeddedOptions& options) {
  constexpr std::size_t kMebibyte = std::size_t{1024} * 1024;
  return {.directory = options.state == kMemoryState ? std::string() : options.state + "/cache",
          .max_disk_bytes = static_cast<std::size_t>(options.cache_disk) * kMebibyte,
          .redis = {.address = options.redis},
          .contradicted = options.contradicted};
}

int ThreadsOf(int wanted) { return wanted > 0 ? wanted : CpuCount(); }

class AllServices final : public Embedded {
 public:
  explicit AllServices(const EmbeddedOptions& options) : cache_(CacheOptionsOf(options)) {}
  // What runs by itself needs the server that goes first.
  ~AllServices() override {
    if (reporting_ != nullptr) reporting_->StopSchedules();
  }

  Status Start(const EmbeddedOptions& options) {
    const ChannelProvider data = Peer(options.data_target);
    const ChannelProvider dea = Peer(options.dea_target);
    const ChannelProvider regression = Peer(options.regression_target);
    const int threads = ThreadsOf(options.threads);
    FARRELL_ASSIGN_OR_RETURN(data_, data::DataService::Open(sql::DatabaseAt(options.state)));
    dea_ = std::make_unique<dea::DeaService>(data, cache_, threads);
    regression_ = std::make_unique<regression::RegressionService>(data, cache_, threads, dea);
    reporting::ReportingOptions reporting{.database = sql::DatabaseAt(options.state),
                                          .figures = {.script = reporting::FindFiguresScript()}};
    reporting.contradicted = options.contradicted;
    reporting.schedules.webhooks = {.hosts = options.webhook_hosts, .secret_file = options.webhook_secret_file};
    FARRELL_ASSIGN_OR_RETURN(reporting_, reporting::ReportingService::Open(reporting, data, dea, regression));
    cache_service_ = std::make_unique<CacheService>(std::vector<KeptResults*>{&cache_, &reporting_->kept()}, data);
    FARRELL_ASSIGN_OR_RETURN(
        server_,
        StartServer(options.server, {Serve<data::v1::DataService>(data_.get()), Serve<dea::v1::DeaService>(dea_.get()),
                                     Serve<regression::v1::RegressionService>(regression_.get()),
                                     Serve<reporting::v1::ReportingService>(reporting_.get()),
                                     Serve<common::v1::CacheService>(cache_service_.get())}));
    if (options.schedules) reporting_->StartSchedules();
    return {};
  }

  std::shared_ptr<grpc::Channel> channel() override { return server_->InProcessChannel(); }
  RunningServer& server() override { return *server_; }

 private:
  // A service elsewhere, or this server itself, which exists by the time somebody calls.
  ChannelProvider Peer(const std::string& target) {
    if (!target.empty()) return LazyChannel(target);
    return [this] { return channel(); };
  }

  ResultCache cache_;
  std::unique_ptr<data::DataService> data_;
  std::unique_ptr<dea::DeaService> dea_;
  std::unique_ptr<regression::RegressionService> regression_;
  std::unique_ptr<reporting::ReportingService> reporting_;
  std::unique_ptr<CacheService> cache_service_;
  std::unique_ptr<RunningServer> server_;  // last: stops before the services it serves
};

}  // namespace

Result<std::unique_ptr<Embedded>> StartEmbedded(const EmbeddedOptions& options) {
  if (!options.redis.empty()) FARRELL_RETURN_IF_ERROR(redis::CheckAddress("--redis", options.redis));
  auto services = std::make_unique<AllServices>(options);
  FARRELL_RETURN_IF_ERROR(services->Start(options));
  return std::unique_ptr<Embedded>(std::move(services));
}

}  // namespace farrell::cli
