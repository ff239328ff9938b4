#include <fmt/core.h>
#include <google/protobuf/util/time_util.h>
#include <grpcpp/client_context.h>

#include <cmath>

#include "cli/doctor_checks.h"
#include "common/numeric/abi.h"
#include "common/rpc/channel.h"
#include "common/rpc/error_mapping.h"
#include "farrell/common/v1/server.grpc.pb.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "farrell/regression/v1/regression.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "services/dea/engine/model.h"
#include "services/regression/engine/fit.h"

namespace farrell::cli {
namespace {

using google::protobuf::util::TimeUtil;
using grpc::health::v1::HealthCheckResponse;
using std::chrono::milliseconds;
using std::chrono::system_clock;

// Beyond it, expiry of tokens and certificates and the order of log lines cannot be trusted.
constexpr double kMostSkewSeconds = 1.0;

template <typename Request, typename Response, typename Method>
Status Ask(milliseconds limit, const Request& request, Response& response, const Method& method) {
  grpc::ClientContext context;
  context.set_deadline(system_clock::now() + limit);
  return FromGrpc(method(&context, request, &response));
}

// "dea" → "farrell.dea.v1.DeaService".
std::string ServiceOf(const std::string& name) {
  std::string capitalised = name;
  capitalised[0] = static_cast<char>(capitalised[0] - 'a' + 'A');
  return "farrell." + name + ".v1." + capitalised + "Service";
}

double SecondsAhead(const google::protobuf::Timestamp& theirs, system_clock::time_point before,
                    system_clock::time_point after) {
  const auto middle = before.time_since_epoch() + (after - before) / 2;
  const double ours = std::chrono::duration<double>(middle).count();
  return static_cast<double>(TimeUtil::TimestampToMilliseconds(theirs)) / 1e3 - ours;
}

Finding ClockFinding(const std::string& name, double ahead, double uncertainty) {
  const std::string found = fmt::format("clock {:+.2f} s from ours", ahead);
  if (std::abs(ahead) <= kMostSkewSeconds + uncertainty) return {Verdict::kOk, name, found};
  return {Verdict::kWarning, name, found, "synchronise the clocks of both machines (chrony, systemd-timesyncd)"};
}

}  // namespace

ServerCheck CheckServer(const std::string& name, const std::string& target, milliseconds limit) {
  ServerCheck check;
  const auto channel = MakeChannel(target);

  grpc::health::v1::HealthCheckRequest health;
  health.set_service(ServiceOf(name));
  HealthCheckResponse state;
  const auto health_stub = grpc::health::v1::Health::NewStub(channel);
  const Status asked = Ask(limit, health, state, [&](auto... a) { return health_stub->Check(a...); });
  if (asked.code() == Code::kNotFound) {
    check.findings.push_back({Verdict::kFailed, name, fmt::format("{} does not have this service", target),
                              fmt::format("name the address of farrell-{} instead", name)});
    return check;
  }
  if (!asked.ok()) {
    check.findings.push_back({Verdict::kFailed, name, fmt::format("{}: {}", target, asked.message()),
                              fmt::format("start farrell-{}, or correct the address, certificates or token", name)});
    return check;
  }
  if (state.status() != HealthCheckResponse::SERVING) {
    check.findings.push_back({Verdict::kFailed, name,
                              fmt::format("{} is {}", target, HealthCheckResponse::ServingStatus_Name(state.status())),
                              "it starts or drains: ask again, or look into its log"});
    return check;
  }

  common::v1::GetServerResponse server;
  const auto server_stub = common::v1::ServerService::NewStub(channel);
  const auto before = system_clock::now();
  const Status told =
      Ask(limit, common::v1::GetServerRequest(), server, [&](auto... a) { return server_stub->GetServer(a...); });
  const auto after = system_clock::now();
  if (!told.ok()) {
    check.findings.push_back({Verdict::kWarning, name, fmt::format("{} serves; {}", target, told.message()),
                              "bring it to the version of this program"});
    return check;
  }
  check.findings.push_back({Verdict::kOk, name, fmt::format("{} serves, version {}", target, server.version())});
  check.findings.push_back(ClockFinding(name, SecondsAhead(server.time(), before, after),
                                        std::chrono::duration<double>(after - before).count()));
  check.facts = ServerFacts{.name = name, .version = server.version(), .num_abi = {}};

  const auto keep = [&](const Status& status, const auto& capabilities) {
    if (!status.ok()) {
      check.findings.push_back(
          {Verdict::kWarning, name, "does not tell its numeric ABI: " + status.message(), "look into its log"});
      return;
    }
    check.facts->num_abi = capabilities.num_abi();
    check.facts->algo_rev = capabilities.algo_rev();
  };
  if (name == "dea") {
    dea::v1::GetCapabilitiesResponse capabilities;
    const auto stub = dea::v1::DeaService::NewStub(channel);
    keep(Ask(limit, dea::v1::GetCapabilitiesRequest(), capabilities,
             [&](auto... a) { return stub->GetCapabilities(a...); }),
         capabilities);
  } else if (name == "regression") {
    regression::v1::GetCapabilitiesResponse capabilities;
    const auto stub = regression::v1::RegressionService::NewStub(channel);
    keep(Ask(limit, regression::v1::GetCapabilitiesRequest(), capabilities,
             [&](auto... a) { return stub->GetCapabilities(a...); }),
         capabilities);
  }
  return check;
}

std::vector<Finding> CheckAgreement(const std::vector<ServerFacts>& servers) {
  std::vector<Finding> findings;
  for (const ServerFacts& server : servers) {
    if (server.version != FARRELL_VERSION) {
      findings.push_back({Verdict::kWarning, server.name,
                          fmt::format("version {}, this program is {}", server.version, FARRELL_VERSION),
                          "versions next to each other work together; finish the upgrade"});
    }
    if (!server.algo_rev) continue;
    const std::int64_t ours = server.name == "dea" ? dea::kAlgorithmRevision : regression::kAlgorithmRevision;
    if (server.num_abi != numeric::kNumAbi) {
      findings.push_back({Verdict::kFailed, server.name,
                          fmt::format("numeric ABI {}, this program has {}", server.num_abi, numeric::kNumAbi),
                          "run builds of one numeric ABI: results of others differ in their last digits"});
    } else if (*server.algo_rev != ours) {
      findings.push_back({Verdict::kWarning, server.name,
                          fmt::format("algorithm revision {}, this program has {}", *server.algo_rev, ours),
                          "results kept by one are not found by the other; finish the upgrade"});
    } else {
      findings.push_back({Verdict::kOk, server.name,
                          fmt::format("algorithm revision {}, numeric ABI {}", *server.algo_rev, server.num_abi)});
    }
  }
  return findings;
}

}  // namespace farrell::cli
