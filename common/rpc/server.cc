#include "common/rpc/server.h"

#include <grpc/impl/codegen/grpc_types.h>
#include <grpcpp/ext/health_check_service_server_builder_option.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <mutex>
#include <thread>
#include <utility>

#include <unistd.h>

#include "common/rpc/channel.h"
#include "common/rpc/credentials.h"
#include "common/rpc/keepalive.h"
#include "common/rpc/limits.h"
#include "common/rpc/log.h"
#include "common/rpc/reflection.h"
#include "common/rpc/server_info.h"
#include "common/rpc/stations.h"

namespace farrell {
namespace {

class GrpcServer final : public RunningServer {
 public:
  GrpcServer(std::unique_ptr<ServerInfo> info, std::unique_ptr<grpc::Server> server, int port,
             const ServerOptions& options)
      : info_(std::move(info)),
        server_(std::move(server)),
        port_(port),
        grace_(options.grace),
        drain_delay_(options.drain_delay) {}
  ~GrpcServer() override { Stop(); }

  int port() const override { return port_; }

  std::shared_ptr<grpc::Channel> InProcessChannel() override {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);
    return server_->InProcessChannel(arguments);
  }

  void Shutdown() override { Stop(); }

 private:
  void Stop() {
    std::call_once(stopped_, [this] {
      if (auto* health = server_->GetHealthCheckService()) health->Shutdown();
      std::this_thread::sleep_for(drain_delay_);
      // Exactly once: a second Shutdown from another thread would wait for the first one's deadline.
      server_->Shutdown(std::chrono::system_clock::now() + grace_);
      server_->Wait();
    });
  }

  std::once_flag stopped_;
  std::unique_ptr<ServerInfo> info_;  // outlives the server that calls it
  std::unique_ptr<grpc::Server> server_;
  int port_;
  std::chrono::milliseconds grace_;
  std::chrono::milliseconds drain_delay_;
};

void Configure(grpc::ServerBuilder& builder, const ServerOptions& options) {
  grpc::ResourceQuota quota("farrell");
  quota.SetMaxThreads(std::clamp(options.max_threads, 4, 4096));
  builder.SetResourceQuota(quota);
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 2);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 4);
  builder.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  builder.experimental().SetInterceptorCreators(StationInterceptors(options.stations));
  // Two servers on one port would silently share its calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, keepalive::kServerTimeMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, keepalive::kServerTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             keepalive::kServerMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, keepalive::kServerMaxConnectionAgeMs);
}

void WarnOfPlaintext(const ServerOptions& options) {
  if (!options.tls.certificate.empty() || StaysOnThisMachine(options.listen)) return;
  Log(LogLevel::kWarning,
      "INSECURE: calls arrive in plaintext from other machines; give tls-cert and tls-key, or make sure that the "
      "network "
      "encrypts (docs/operations/security.md)",
      {{"listen", options.listen}});
}

// Written beside and renamed, so that whoever waits for the file never reads half of it.
Status WritePortFile(const std::string& path, int port) {
  const std::string temporary = path + ".new";
  std::ofstream file(temporary, std::ios::trunc);
  file << port << '\n';
  file.close();
  if (file && std::rename(temporary.c_str(), path.c_str()) == 0) return {};
  return FailedPrecondition("PORT_FILE_UNWRITABLE", "cannot write the port file '" + path + "'");
}

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

}  // namespace

Result<std::unique_ptr<RunningServer>> StartServer(const ServerOptions& options,
                                                   const std::vector<ServedService>& services) {
  RouteGrpcLog();
  if (!options.listen.empty()) FARRELL_RETURN_IF_ERROR(CheckTarget("listen", options.listen));
  if (options.reflection) FARRELL_RETURN_IF_ERROR(LoadReflection());
  static std::once_flag health_enabled;
  std::call_once(health_enabled, [] { grpc::EnableDefaultHealthCheckService(true); });

  grpc::ServerBuilder builder;
  Configure(builder, options);
  int port = 0;
  if (!options.listen.empty()) {
    FARRELL_ASSIGN_OR_RETURN(const auto credentials, MakeServerCredentials(options.tls));
    WarnOfPlaintext(options);
    builder.AddListeningPort(options.listen, credentials, &port);
  }
  std::vector<std::string> names;
  for (const ServedService& served : services) {
    builder.RegisterService(served.service);
    names.push_back(served.name);
  }
  // Also what makes gRPC poll, and so answer health checks, in a server that has nothing else.
  auto info = std::make_unique<ServerInfo>(std::move(names), options.quotas, options.principals);
  builder.RegisterService(info.get());
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  const bool has_port = !options.listen.empty() && !options.listen.starts_with("unix");
  if (server == nullptr || (has_port && port == 0)) {
    return Unavailable("ADDRESS_UNAVAILABLE",
                       "cannot listen on '" + options.listen + "': the address is not ours or the port is taken");
  }
  if (auto* health = server->GetHealthCheckService()) {
    for (const ServedService& served : services) health->SetServingStatus(served.name, true);
  }
  if (!options.port_file.empty()) FARRELL_RETURN_IF_ERROR(WritePortFile(options.port_file, port));
  return std::unique_ptr<RunningServer>(
      std::make_unique<GrpcServer>(std::move(info), std::move(server), port, options));
}

void PrepareSignals() {
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c): cannot fail for SIGPIPE
}

void WaitForSignal(const std::function<void()>& drain) {
  const sigset_t signals = StopSignals();
  int signal = 0;
  sigwait(&signals, &signal);
  Log(LogLevel::kInfo, "draining", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
  const std::jthread second_signal([&signals](const std::stop_token& stop) {
    constexpr timespec kPause{.tv_sec = 0, .tv_nsec = 50'000'000};
    while (!stop.stop_requested()) {
      if (sigtimedwait(&signals, nullptr, &kPause) > 0) _exit(130);
    }
  });
  drain();
}

void WaitForSignalAndShutdown(RunningServer& server) {
  WaitForSignal([&server] { server.Shutdown(); });
}

Status RunServer(const ServerOptions& options, const std::vector<ServedService>& services) {
  FARRELL_ASSIGN_OR_RETURN(const std::unique_ptr<RunningServer> server, StartServer(options, services));
  Log(LogLevel::kInfo, "serving", {{"listen", options.listen}, {"port", std::to_string(server->port())}});
  WaitForSignalAndShutdown(*server);
  Log(LogLevel::kInfo, "stopped");
  return {};
}

}  // namespace farrell
