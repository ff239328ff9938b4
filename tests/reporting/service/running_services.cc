#include "tests/reporting/service/running_services.h"

#include <utility>

#include "common/cache/result_cache.h"
#include "common/rpc/server.h"
#include "services/data/service/data_service.h"
#include "services/dea/service/dea_service.h"
#include "services/regression/service/regression_service.h"

namespace farrell::reporting {

struct RunningServices::Parts {
  Parts(const std::string& state, const std::string& node, const std::string& listen, const ScheduleOptions& schedules)
      : data(std::move(data::DataService::Open(sql::DatabaseAt(state))).value()),
        cache({.max_bytes = 0}),
        dea([this] { return channel(); }, cache, 2),
        regression([this] { return channel(); }, cache, 2, [this] { return channel(); }),
        reporting(
            std::move(
                ReportingService::Open(
                    {.database = sql::DatabaseAt(state),
                     .figures = {.node = node,
                                 .script = std::string(FARRELL_SOURCE_DIR) + "/services/reporting/figures/render.mjs"},
                     .retention = {},
                     .schedules = schedules},
                    [this] { return channel(); }, [this] { return channel(); }, [this] { return channel(); }))
                .value()),
        server(std::move(StartServer({.listen = listen},
                                     {Serve<data::v1::DataService>(data.get()), Serve<dea::v1::DeaService>(&dea),
                                      Serve<regression::v1::RegressionService>(&regression),
                                      Serve<v1::ReportingService>(reporting.get())}))
                   .value()) {}
  ~Parts() { reporting->StopSchedules(); }
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;

  std::shared_ptr<grpc::Channel> channel() const { return server->InProcessChannel(); }

  std::unique_ptr<data::DataService> data;
  ResultCache cache;
  dea::DeaService dea;
  regression::RegressionService regression;
  std::unique_ptr<ReportingService> reporting;
  std::unique_ptr<RunningServer> server;
};

RunningServices::RunningServices(const std::string& state, const std::string& node, const std::string& listen,
                                 const ScheduleOptions& schedules)
    : parts_(std::make_unique<Parts>(state, node, listen, schedules)),
      stub_(v1::ReportingService::NewStub(channel())) {}

RunningServices::~RunningServices() = default;

std::shared_ptr<grpc::Channel> RunningServices::channel() const { return parts_->channel(); }

ReportingService& RunningServices::service() { return *parts_->reporting; }

int RunningServices::port() const { return parts_->server->port(); }

Result<std::string> RunningServices::Import(const std::string& csv, bool synthetic, const std::string& unit_key,
                                            const std::string& time_key, const std::string& dataset,
                                            const std::string& release, const std::string& known_at) {
  const auto stub = data::v1::DataService::NewStub(channel());
  grpc::ClientContext context;
  data::v1::ImportTableResponse response;
  const auto writer = stub->ImportTable(&context, &response);
  data::v1::ImportTableRequest request;
  request.mutable_options()->set_unit_key(unit_key);
  request.mutable_options()->set_time_key(time_key);
  request.mutable_options()->set_synthetic(synthetic);
  request.mutable_options()->set_dataset(dataset);
  request.mutable_options()->set_release(release);
  request.mutable_options()->set_known_at(known_at);
  writer->Write(request);
  request.set_chunk(csv);
  writer->Write(request);
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  if (!status.ok()) return FromGrpc(status);
  return response.snapshot().digest();
}

std::string SmallPanel() {
  std::string csv = "state,year,capital,labour,output,rate,share\n";
  for (int unit = 0; unit < 8; ++unit) {
    for (int year = 0; year < 5; ++year) {
      const int wave = (unit * 7 + year * 3) % 11;
      const int ripple = (unit * 5 + year * year * 2) % 13;
      csv += std::string(1, static_cast<char>('A' + unit)) + "," + std::to_string(2001 + year) + "," +
             std::to_string(100 + 20 * unit + 7 * year + wave) + "," + std::to_string(50 + 9 * unit + ripple) + "," +
             std::to_string(80 + 15 * unit + 6 * year + (wave * ripple) % 17) + "," + std::to_string(3 + wave % 5) +
             "." + std::to_string(ripple) + "," + std::to_string(10 + (ripple * 3 + wave) % 19) + "\n";
    }
  }
  return csv;
}

}  // namespace farrell::reporting
