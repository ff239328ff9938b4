#include "common/rpc/channel.h"

#include <grpc/impl/codegen/grpc_types.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include <array>
#include <charconv>
#include <mutex>
#include <string_view>
#include <utility>

#include "common/rpc/credentials.h"
#include "common/rpc/keepalive.h"
#include "common/rpc/log.h"

namespace farrell {
namespace {

constexpr std::array<std::string_view, 5> kSchemes = {"dns:", "unix:", "unix-abstract:", "ipv4:", "ipv6:"};

bool IsHostPort(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const std::string_view host = text.substr(0, colon);
  if (host.find(':') != std::string_view::npos && (host.front() != '[' || host.back() != ']')) return false;
  if (host.find_first_of(" \t/") != std::string_view::npos) return false;
  const std::string_view port = text.substr(colon + 1);
  int number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && end == port.data() + port.size() && number >= 0 && number <= 65535;
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target, const std::string& health_service,
                                           const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                                           grpc::ChannelArguments arguments) {
  RouteGrpcLog();
  arguments.SetServiceConfigJSON(ServiceConfigJson(health_service));
  arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, keepalive::kClientTimeMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, keepalive::kClientTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, keepalive::kClientConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, keepalive::kClientInitialBackoffMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, keepalive::kClientMaxBackoffMs);
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, keepalive::kClientDnsCooldownMs);
  // http_proxy is for the way out of a network, not for the services inside it.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(target, credentials, arguments);
}

}  // namespace

Status CheckTarget(const std::string& name, const std::string& target) {
  for (const std::string_view scheme : kSchemes) {
    if (target.starts_with(scheme) && target.size() > scheme.size()) return {};
  }
  if (IsHostPort(target)) return {};
  const std::string message = name + ": '" + target + "' is not an address; expected HOST:PORT or dns:///NAME:PORT";
  return InvalidArgument("ADDRESS_INVALID", message)
      .WithViolations({{name, "'" + target + "' is not an address; expected HOST:PORT or dns:///NAME:PORT"}});
}

std::string ServiceConfigJson(const std::string& health_service) {
  std::string config = R"({"loadBalancingConfig":[{"round_robin":{}}],)";
  if (!health_service.empty()) config += R"("healthCheckConfig":{"serviceName":")" + health_service + R"("},)";
  // Everything else is content-addressed or resumes, so that asking twice does the same as asking once.
  config += R"("retryThrottling":{"maxTokens":20,"tokenRatio":0.1},
    "methodConfig":[
      {"name":[{"service":"farrell.data.v1.DataService","method":"DeleteDataset"},
               {"service":"farrell.reporting.v1.ReportingService","method":"ReleaseRun"},
               {"service":"farrell.reporting.v1.ReportingService","method":"RemoveRun"}]},
      {"name":[{}],
       "retryPolicy":{"maxAttempts":4,"initialBackoff":"0.1s","maxBackoff":"2s","backoffMultiplier":2,
                      "retryableStatusCodes":["UNAVAILABLE"]}}]})";
  return config;
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target, const std::string& health_service) {
  return MakeChannel(target, health_service, ProcessCredentials());
}

std::shared_ptr<grpc::Channel> MakeChannel(const std::string& target, const std::string& health_service,
                                           const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  return MakeChannel(target, health_service, credentials, grpc::ChannelArguments());
}

std::shared_ptr<grpc::Channel> MakeOwnChannel(const std::string& target) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return MakeChannel(target, "", ProcessCredentials(), std::move(arguments));
}

ChannelProvider LazyChannel(std::string target, std::string health_service) {
  struct State {
    std::once_flag once;
    std::string target;
    std::string health_service;
    std::shared_ptr<grpc::Channel> channel;
  };
  auto state = std::make_shared<State>();
  state->target = std::move(target);
  state->health_service = std::move(health_service);
  return [state] {
    std::call_once(state->once, [&] { state->channel = MakeChannel(state->target, state->health_service); });
    return state->channel;
  };
}

}  // namespace farrell
