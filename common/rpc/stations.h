// How the handlers of a server find the stations of that server: gRPC tells a handler nothing about the server that
// runs it, so a server interceptor notes for every call which stations it has to pass.
#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_interceptor.h>

#include <chrono>
#include <memory>
#include <vector>

#include "common/rpc/call.h"

namespace farrell {

using Stations = std::vector<std::shared_ptr<CallStation>>;

// For ServerBuilder::experimental().SetInterceptorCreators. This use of an experimental interface stays in this file.
std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> StationInterceptors(
    Stations stations);

// One call on its way through the stations of its server.
class StationPassage {
 public:
  // No stations when `context` is null or belongs to a server without any.
  explicit StationPassage(grpc::ServerContext* context);

  // Enters the stations in order, up to the first refusal.
  Status Enter(CallInfo& call);
  // Leaves in reverse order those that let the call in.
  void Leave(const CallInfo& call, const Status& outcome, std::chrono::nanoseconds elapsed) noexcept;

 private:
  grpc::ServerContext* context_;
  std::shared_ptr<const Stations> stations_;
  std::size_t entered_ = 0;
};

}  // namespace farrell
