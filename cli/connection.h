// Which services a verb talks to: named endpoints, or the four services inside this process. One code path after that.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/embedded.h"
#include "cli/options.h"
#include "common/rpc/remote.h"
#include "common/status/status.h"

namespace farrell::common::v1 {
class CacheService;
}
namespace farrell::data::v1 {
class DataService;
}
namespace farrell::dea::v1 {
class DeaService;
}
namespace farrell::regression::v1 {
class RegressionService;
}
namespace farrell::reporting::v1 {
class ReportingService;
}

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
  // `embedded` may be null if every endpoint has a name.
  Connection(std::unique_ptr<Embedded> embedded, const Endpoints& endpoints);

  Remote<data::v1::DataService>& data() { return data_; }
  Remote<dea::v1::DeaService>& dea() { return dea_; }
  Remote<regression::v1::RegressionService>& regression() { return regression_; }
  Remote<reporting::v1::ReportingService>& reporting() { return reporting_; }

  // What keeps results: a server each, asked in this order.
  struct CacheServer {
    std::string name;  // "dea", or "dea, regression, reporting" where they are one
    std::unique_ptr<Remote<common::v1::CacheService>> service;
  };
  const std::vector<CacheServer>& caches() const { return caches_; }

 private:
  ChannelProvider ChannelTo(const std::string& target) const;

  std::unique_ptr<Embedded> embedded_;  // first: outlives the stubs on its channel
  Remote<data::v1::DataService> data_;
  Remote<dea::v1::DeaService> dea_;
  Remote<regression::v1::RegressionService> regression_;
  Remote<reporting::v1::ReportingService> reporting_;
  std::vector<CacheServer> caches_;
};

}  // namespace farrell::cli
