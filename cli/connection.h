// Which services a verb talks to: named endpoints, or the four services inside this process. One code path after that.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/embedded.h"
#include "cli/options.h"
#include "common/status/status.h"
#include "farrell/common/v1/cache.grpc.pb.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "farrell/regression/v1/regression.grpc.pb.h"
#include "farrell/reporting/v1/reporting.grpc.pb.h"

namespace farrell::cli {

// Addresses by service; empty: inside this process.
struct Endpoints {
  std::string data;
  std::string dea;
  std::string regression;
  std::string reporting;

  bool AllNamed() const { return !data.empty() && !dea.empty() && !regression.empty() && !reporting.empty(); }
};

// FARRELL_DATA, _DEA, _REGRESSION and _REPORTING, else --server, else FARRELL_SERVER, else empty.
Result<Endpoints> FindEndpoints(const std::string& server_flag);

class Connection {
 public:
  // Starts the services that no endpoint names. Errors: ADDRESS_INVALID, and whatever opening the state reports.
  static Result<std::unique_ptr<Connection>> Open(const Options& options);

  data::v1::DataService::StubInterface& data() { return *data_; }
  dea::v1::DeaService::StubInterface& dea() { return *dea_; }
  regression::v1::RegressionService::StubInterface& regression() { return *regression_; }
  reporting::v1::ReportingService::StubInterface& reporting() { return *reporting_; }

  // What keeps results: a server each, asked in this order.
  struct CacheServer {
    std::string name;  // "dea", or "dea, regression, reporting" where they are one
    std::unique_ptr<common::v1::CacheService::StubInterface> stub;
  };
  const std::vector<CacheServer>& caches() const { return caches_; }

 private:
  std::unique_ptr<Embedded> embedded_;  // first: outlives the stubs on its channel
  std::unique_ptr<data::v1::DataService::StubInterface> data_;
  std::unique_ptr<dea::v1::DeaService::StubInterface> dea_;
  std::unique_ptr<regression::v1::RegressionService::StubInterface> regression_;
  std::unique_ptr<reporting::v1::ReportingService::StubInterface> reporting_;
  std::vector<CacheServer> caches_;
};

}  // namespace farrell::cli
