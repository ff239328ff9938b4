// The station that counts and times every call of a server.
#pragma once

#include "common/rpc/call.h"

namespace farrell {

// The outermost station, so that refusals of the others are counted as well. Leave runs for every Enter.
class CallMetrics final : public CallStation {
 public:
  Status Enter(CallInfo& call, grpc::ServerContext& context) override;
  void Leave(const CallInfo& call, const Status& outcome, std::chrono::nanoseconds elapsed) noexcept override;
};

}  // namespace farrell
