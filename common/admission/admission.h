// The station that refuses calls a server cannot carry, before they cost anything.
//
// A refusal is typed and tells when to ask again (RESOURCE_EXHAUSTED, metadata `retry_after_ms` and
// google.rpc.RetryInfo):
//   QUEUE_FULL   as many calls of this class are being handled as may be
//   MEMORY_LOW   the process is close to its memory limit; heavy calls only
// The limits lie below the threads of the server, where gRPC itself refuses without a word.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>

#include "common/admission/method_class.h"
#include "common/observe/metrics.h"
#include "common/rpc/call.h"

namespace farrell {

struct AdmissionLimits {
  // Calls of a class handled at a time, at least 1. Callers who wait for a computation under way count as well.
  int heavy = 256;
  int light = 512;
  // Resident bytes above which heavy calls are refused; 0: no limit.
  std::int64_t memory_bytes = 0;
  // What the process uses now.
  std::function<std::int64_t()> resident_bytes{};

  // Handler threads of a server with these limits: room for both classes and for telling the others that there is none.
  int ThreadsNeeded() const { return heavy + light + 128; }
};

// Nine tenths of what the process may use (MemoryLimitBytes): the calls under way still grow.
std::int64_t DefaultMemoryLimit();

class Admission final : public CallStation {
 public:
  explicit Admission(AdmissionLimits limits);

  Status Enter(CallInfo& call, grpc::ServerContext& context) override;
  void Leave(const CallInfo& call, const Status& outcome, std::chrono::nanoseconds elapsed) noexcept override;

 private:
  std::atomic<int>& InFlight(MethodClass method_class);
  bool MemoryIsLow();

  AdmissionLimits limits_;
  std::array<std::atomic<int>, 2> in_flight_{};
  std::atomic<std::int64_t> memory_read_at_ns_ = 0;  // steady clock
  std::atomic<bool> memory_is_low_ = false;
  std::deque<metrics::Reading> readings_;
};

}  // namespace farrell
