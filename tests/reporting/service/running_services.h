// All four services in one process over in-process channels, with a panel in the data service.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>
#include <utility>

#include "common/cache/result_cache.h"
#include "common/rpc/error_mapping.h"
#include "common/rpc/server.h"
#include "services/data/service/data_service.h"
#include "services/dea/service/dea_service.h"
#include "services/regression/service/regression_service.h"
#include "services/reporting/service/reporting_service.h"

namespace farrell::reporting {

// The dea and regression services remember nothing, so that whatever is not solved comes from the store.
class RunningServices {
 public:
  // `listen`: an address of a socket as well; port 0 for any.
  explicit RunningServices(const std::string& state = "memory", const std::string& node = "node",
                           const std::string& listen = "", const ScheduleOptions& schedules = {})
      : data_(std::move(data::DataService::Open(sql::DatabaseAt(state))).value()),
        cache_({.max_bytes = 0}),
        dea_([this] { return channel(); }, cache_, 2),
        regression_([this] { return channel(); }, cache_, 2, [this] { return channel(); }),
        reporting_(
            std::move(
                ReportingService::Open(
                    {.database = sql::DatabaseAt(state),
                     .figures = {.node = node,
                                 .script = std::string(FARRELL_SOURCE_DIR) + "/services/reporting/figures/render.mjs"},
                     .retention = {},
                     .schedules = schedules},
                    [this] { return channel(); }, [this] { return channel(); }, [this] { return channel(); }))
                .value()),
        server_(std::move(StartServer({.listen = listen},
                                      {Serve<data::v1::DataService>(data_.get()), Serve<dea::v1::DeaService>(&dea_),
                                       Serve<regression::v1::RegressionService>(&regression_),
                                       Serve<v1::ReportingService>(reporting_.get())}))
                    .value()),
        stub_(v1::ReportingService::NewStub(channel())) {}
  ~RunningServices() { reporting_->StopSchedules(); }

  std::shared_ptr<grpc::Channel> channel() { return server_->InProcessChannel(); }
  v1::ReportingService::Stub& reporting() { return *stub_; }
  ReportingService& service() { return *reporting_; }
  int port() const { return server_->port(); }

  // Digest of the snapshot.
  Result<std::string> Import(const std::string& csv, bool synthetic = false, const std::string& unit_key = "state",
                             const std::string& time_key = "year", const std::string& dataset = "",
                             const std::string& release = "", const std::string& known_at = "") {
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

 private:
  std::unique_ptr<data::DataService> data_;
  ResultCache cache_;
  dea::DeaService dea_;
  regression::RegressionService regression_;
  std::unique_ptr<ReportingService> reporting_;
  std::unique_ptr<RunningServer> server_;
  std::unique_ptr<v1::ReportingService::Stub> stub_;
};

// Eight units in two regions over five years; every series moves by unit and year, none is a multiple of another.
inline std::string SmallPanel() {
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
