#include "common/observe/call_metrics.h"

#include "common/observe/catalogue.h"

namespace farrell {

Status CallMetrics::Enter(CallInfo& call, grpc::ServerContext&) {
  metrics::kCallsInFlight.Add({call.method}, 1.0);
  return {};
}

void CallMetrics::Leave(const CallInfo& call, const Status& outcome, std::chrono::nanoseconds elapsed) noexcept try {
  metrics::kCallsInFlight.Add({call.method}, -1.0);
  metrics::kCalls.Add({call.method, std::string(CodeName(outcome.code()))});
  metrics::kCallSeconds.Observe({call.method}, std::chrono::duration<double>(elapsed).count());
} catch (...) {
  // No memory for a number: the call matters more.
}

}  // namespace farrell
