// The station that looks at how long the caller still waits.
#pragma once

#include <chrono>

#include "common/rpc/call.h"

namespace farrell {

struct DeadlinePolicy {
  // A call with less time left is refused at once: DEADLINE_EXCEEDED, reason DEADLINE_TOO_SHORT. 0: none is.
  std::chrono::milliseconds minimum{5};
  // Heavy calls (method_class.h) that come without a deadline get this one, so that nothing computes for ever for a
  // caller who has long gone. 0: none.
  std::chrono::milliseconds heavy_default{0};
};

class Deadlines final : public CallStation {
 public:
  explicit Deadlines(const DeadlinePolicy& policy) : policy_(policy) {}
  Status Enter(CallInfo& call, grpc::ServerContext& context) override;

 private:
  DeadlinePolicy policy_;
};

}  // namespace farrell
