// A gRPC server that starts checked, tells its health per service, and stops once, in order.
//
//   auto server = StartServer({.listen = "127.0.0.1:0"}, {Serve<data::v1::DataService>(&service)});
//   if (!server.ok()) return server.status();
//   (*server)->port(); (*server)->InProcessChannel();
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/impl/codegen/service_type.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/rpc/credentials.h"
#include "common/status/status.h"

namespace farrell {

class CallStation;
struct CallInfo;

// What a caller has used of a quota and may use; limit 0: none.
struct QuotaUse {
  std::string name;
  double used = 0;
  double limit = 0;
  std::string project{};  // whose use it is, where it is not the principal's
};
using QuotaMeter = std::function<Result<std::vector<QuotaUse>>(const CallInfo& call)>;
// Calls as a principal would make them, one a grant, never none; for a caller who may see what others use.
using PrincipalFinder = std::function<Result<std::vector<CallInfo>>(const CallInfo& caller, const std::string& name)>;

struct ServerOptions {
  // "HOST:PORT"; port 0 picks a free one. Empty: no socket at all, only the in-process channel.
  std::string listen{};
  // Plaintext without a certificate.
  ServerTls tls{};
  // Serves grpc.reflection.v1alpha. Off by default: it tells everybody the whole contract.
  bool reflection = false;
  // Threads for RPC handlers. Beyond it calls are refused with RESOURCE_EXHAUSTED. Range [4, 4096].
  int max_threads = 64;
  // Time that calls in flight have to finish after Shutdown; then their stop tokens fire.
  std::chrono::milliseconds grace{10'000};
  // Time between "not serving" in the health service and refusing new calls, for load balancers to notice.
  std::chrono::milliseconds drain_delay{0};
  // A file that receives the chosen port in decimal once the server accepts calls; empty: none.
  std::string port_file{};
  // What every call passes before its handler, in order; see call.h. Kept until the server is gone.
  std::vector<std::shared_ptr<CallStation>> stations{};
  // What GetQuota tells the caller of a call, put together.
  std::vector<QuotaMeter> quotas{};
  // How GetQuota finds another principal than the caller; needed where callers have grants.
  PrincipalFinder principals{};
};

// A service with the name it has in the health service. Not owned; must outlive the server.
struct ServedService {
  std::string name;
  grpc::Service* service;
};

// Serve<data::v1::DataService>(&implementation)
template <typename Generated>
ServedService Serve(typename Generated::Service* service) {
  return {Generated::service_full_name(), service};
}

class RunningServer {
 public:
  virtual ~RunningServer() = default;  // shuts down with the grace of the options

  // The port listened on; 0 without a socket.
  virtual int port() const = 0;
  // A channel that reaches the services without a socket. The server must outlive every call on it.
  virtual std::shared_ptr<grpc::Channel> InProcessChannel() = 0;
  // Health off, drain delay, then Shutdown(grace) exactly once; returns when no handler runs any more. Later calls and
  // calls from other threads wait for the first one to finish.
  virtual void Shutdown() = 0;
};

// Starts serving; every named service is SERVING when this returns. ADDRESS_UNAVAILABLE when the address cannot be
// bound (bad address, port taken), TLS_FILES_UNUSABLE (credentials.h), REFLECTION_UNAVAILABLE when reflection is asked
// for and not installed.
Result<std::unique_ptr<RunningServer>> StartServer(const ServerOptions& options,
                                                   const std::vector<ServedService>& services);

// Blocks SIGINT and SIGTERM and ignores SIGPIPE. Call first thing in main, before any thread exists.
void PrepareSignals();

// Serves until SIGTERM or SIGINT, then drains. Needs PrepareSignals. A second signal ends the process at once (exit
// 130).
Status RunServer(const ServerOptions& options, const std::vector<ServedService>& services);

// Waits for SIGTERM or SIGINT, then calls `drain`. Needs PrepareSignals. A second signal ends the process at once (exit
// 130).
void WaitForSignal(const std::function<void()>& drain);

// Waits for SIGTERM or SIGINT, then shuts `server` down as RunServer does.
void WaitForSignalAndShutdown(RunningServer& server);

}  // namespace farrell
