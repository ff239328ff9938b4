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
namespace {

// What a server logs, for whoever looks at a terminal.
void WarnOfContradiction(const Contradiction& contradiction) {
  const std::string operation = contradiction.operation.empty() ? "a part of a result" : contradiction.operation;
  PrintNote("warning: computed again, " + operation + " is not what was kept under " + contradiction.key +
            "; the kept bytes are put aside");
}

}  // namespace

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
  std::unique_ptr<Embedded> embedded;
  if (!endpoints.AllNamed()) {
    FARRELL_ASSIGN_OR_RETURN(embedded, StartEmbedded({
                                           .state = StateDirectory(options.state),
                                           .redis = options.redis,
                                           .threads = options.threads,
                                           .cache_disk = options.cache_disk,
                                           .data_target = endpoints.data,
                                           .dea_target = endpoints.dea,
                                           .regression_target = endpoints.regression,
                                           .contradicted = WarnOfContradiction,
                                           .server = {},
                                       }));
  } else if (!options.quiet && (!options.state.empty() || !options.redis.empty() || options.threads != 0)) {
    PrintNote("note: --state, --redis and --threads are for services inside this process; the server has its own");
  }
  return std::make_unique<Connection>(std::move(embedded), endpoints);
}

Connection::Connection(std::unique_ptr<Embedded> embedded, const Endpoints& endpoints)
    : embedded_(std::move(embedded)),
      data_(ChannelTo(endpoints.data)),
      dea_(ChannelTo(endpoints.dea)),
      regression_(ChannelTo(endpoints.regression)),
      reporting_(ChannelTo(endpoints.reporting)) {
  std::map<std::string, std::size_t> servers;  // by target
  for (const auto& [name, target] : {std::pair("dea", endpoints.dea), std::pair("regression", endpoints.regression),
                                     std::pair("reporting", endpoints.reporting)}) {
    const auto [found, added] = servers.try_emplace(target, caches_.size());
    if (added) {
      caches_.push_back({name, std::make_unique<Remote<common::v1::CacheService>>(ChannelTo(target))});
    } else {
      caches_[found->second].name += std::string(", ") + name;
    }
  }
}

ChannelProvider Connection::ChannelTo(const std::string& target) const {
  return [this, target] { return target.empty() ? embedded_->channel() : MakeChannel(target); };
}

}  // namespace farrell::cli
