#include "cli/connection.h"

#include <cstdlib>
#include <utility>

#include "cli/output.h"
#include "cli/state.h"
#include "common/rpc/channel.h"

namespace farrell::cli {
namespace {

struct NamedTarget {
  std::string target;
  std::string name;  // the flag or variable it came from
};

NamedTarget FromEnvironment(const char* variable, const NamedTarget& otherwise) {
  const char* value = std::getenv(variable);
  if (value == nullptr || *value == '\0') return otherwise;
  return {value, variable};
}

}  // namespace

Result<Endpoints> FindEndpoints(const std::string& server_flag) {
  NamedTarget server{server_flag, "--server"};
  if (server.target.empty()) server = FromEnvironment("FARRELL_SERVER", server);

  Endpoints endpoints;
  Violations violations;
  const auto find = [&](const char* variable, std::string& endpoint) {
    const NamedTarget found = FromEnvironment(variable, server);
    if (found.target.empty()) return;
    if (const Status status = CheckTarget(found.name, found.target); !status.ok()) {
      violations.Add(found.name, status.message());
    }
    endpoint = found.target;
  };
  find("FARRELL_DATA", endpoints.data);
  find("FARRELL_DEA", endpoints.dea);
  find("FARRELL_REGRESSION", endpoints.regression);
  find("FARRELL_REPORTING", endpoints.reporting);
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("ADDRESS_INVALID", "not an address of a service"));
  return endpoints;
}

Result<std::unique_ptr<Connection>> Connection::Open(const Options& options) {
  FARRELL_ASSIGN_OR_RETURN(const Endpoints endpoints, FindEndpoints(options.server));
  auto connection = std::make_unique<Connection>();
  if (!endpoints.AllNamed()) {
    FARRELL_ASSIGN_OR_RETURN(connection->embedded_, StartEmbedded({
                                                        .state = StateDirectory(options.state),
                                                        .redis = options.redis,
                                                        .threads = options.threads,
                                                        .data_target = endpoints.data,
                                                        .dea_target = endpoints.dea,
                                                        .regression_target = endpoints.regression,
                                                        .server = {},
                                                    }));
  } else if (!options.quiet && (!options.state.empty() || !options.redis.empty() || options.threads != 0)) {
    PrintNote("note: --state, --redis and --threads are for services inside this process; the server has its own");
  }
  const auto channel = [&](const std::string& target) {
    return target.empty() ? connection->embedded_->channel() : MakeChannel(target);
  };
  connection->data_ = data::v1::DataService::NewStub(channel(endpoints.data));
  connection->dea_ = dea::v1::DeaService::NewStub(channel(endpoints.dea));
  connection->regression_ = regression::v1::RegressionService::NewStub(channel(endpoints.regression));
  connection->reporting_ = reporting::v1::ReportingService::NewStub(channel(endpoints.reporting));
  return connection;
}

}  // namespace farrell::cli
