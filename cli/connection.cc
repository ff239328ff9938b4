#include "cli/connection.h"

#include <map>
#include <utility>
#include <vector>

#include "cli/credentials.h"
#include "cli/output.h"
#include "common/program/environment.h"
#include "common/program/state_directory.h"
#include "common/rpc/channel.h"

namespace farrell::cli {
Result<Endpoints> FindEndpoints(const std::string& server_flag) {
  Violations violations;
  const auto check = [&](const std::string& name, std::string target) {
    const Status status = target.empty() ? Status() : CheckTarget(name, target);
    if (!status.ok()) violations.Add(name, status.violations().front().description);
    return target;
  };
  const std::string server =
      server_flag.empty() ? check("FARRELL_SERVER", Environment("FARRELL_SERVER")) : check("--server", server_flag);
  const auto find = [&](const char* variable) {
    std::string target = check(variable, Environment(variable));
    return target.empty() ? server : target;
  };
  Endpoints endpoints{.data = find("FARRELL_DATA"),
                      .dea = find("FARRELL_DEA"),
                      .regression = find("FARRELL_REGRESSION"),
                      .reporting = find("FARRELL_REPORTING")};
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("ADDRESS_INVALID", "not an address of a service"));
  return endpoints;
}

Result<std::unique_ptr<Connection>> Connection::Open(const Options& options) {
  FARRELL_ASSIGN_OR_RETURN(const Endpoints endpoints, FindEndpoints(options.server));
  std::vector<std::string> elsewhere = {endpoints.data, endpoints.dea, endpoints.regression, endpoints.reporting};
  std::erase(elsewhere, "");
  FARRELL_RETURN_IF_ERROR(UseCredentials(options, elsewhere));
  auto connection = std::make_unique<Connection>();
  if (!endpoints.AllNamed()) {
    FARRELL_ASSIGN_OR_RETURN(connection->embedded_, StartEmbedded({
                                                        .state = StateDirectory(options.state),
                                                        .redis = options.redis,
                                                        .threads = options.threads,
                                                        .cache_disk = options.cache_disk,
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
  std::map<std::string, std::size_t> servers;  // by target
  for (const auto& [name, target] : {std::pair("dea", endpoints.dea), std::pair("regression", endpoints.regression),
                                     std::pair("reporting", endpoints.reporting)}) {
    const auto [found, added] = servers.try_emplace(target, connection->caches_.size());
    if (added) {
      connection->caches_.push_back({name, common::v1::CacheService::NewStub(channel(target))});
    } else {
      connection->caches_[found->second].name += std::string(", ") + name;
    }
  }
  return connection;
}

}  // namespace farrell::cli
