#include "common/admission/deadlines.h"

#include <algorithm>
#include <string>

#include "common/admission/method_class.h"
#include "common/observe/catalogue.h"

namespace farrell {

Status Deadlines::Enter(CallInfo& call, grpc::ServerContext&) {
  using std::chrono::system_clock;
  const system_clock::time_point now = system_clock::now();
  if (call.deadline == system_clock::time_point::max()) {
    const bool heavy = ClassOf(call.method) == MethodClass::kHeavy;
    if (heavy && policy_.heavy_default.count() > 0) call.deadline = now + policy_.heavy_default;
    return {};
  }
  const auto remaining = std::chrono::duration_cast<std::chrono::milliseconds>(call.deadline - now);
  if (remaining >= policy_.minimum) return {};
  metrics::kAdmissionRefusals.Add({std::string(ClassName(ClassOf(call.method))), "DEADLINE_TOO_SHORT"});
  return Status(Code::kDeadlineExceeded, "DEADLINE_TOO_SHORT",
                "the call arrived with less than " + std::to_string(policy_.minimum.count()) +
                    " ms left and was not begun; allow more time")
      .With("remaining_ms", std::to_string(std::max<std::int64_t>(remaining.count(), 0)));
}

}  // namespace farrell
