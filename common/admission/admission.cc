#include "common/admission/admission.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/observe/catalogue.h"
#include "common/observe/process_stats.h"
#include "common/rpc/error_mapping.h"

namespace farrell {
namespace {

using std::chrono::steady_clock;

// A light call ends in milliseconds, a heavy one frees its place or its memory in seconds.
constexpr const char* kLightRetryMs = "200";
constexpr const char* kHeavyRetryMs = "2000";
// /proc is read this often at most.
constexpr std::chrono::nanoseconds kMemoryAge = std::chrono::milliseconds(100);

Status Refusal(MethodClass method_class, const char* reason, std::string message) {
  const bool heavy = method_class == MethodClass::kHeavy;
  metrics::kAdmissionRefusals.Add({std::string(ClassName(method_class)), reason});
  return Status(Code::kResourceExhausted, reason, std::move(message))
      .With(std::string(kRetryAfterKey), heavy ? kHeavyRetryMs : kLightRetryMs)
      .With("class", std::string(ClassName(method_class)));
}

}  // namespace

std::int64_t DefaultMemoryLimit() { return MemoryLimitBytes() / 10 * 9; }

Admission::Admission(AdmissionLimits limits) : limits_(std::move(limits)) {
  limits_.heavy = std::max(limits_.heavy, 1);
  limits_.light = std::max(limits_.light, 1);
  if (!limits_.resident_bytes) limits_.resident_bytes = ResidentBytes;
  const auto gauge = [this](metrics::Metric& metric, metrics::LabelValues labels, std::function<double()> read) {
    readings_.emplace_back(metric, std::move(labels), std::move(read));
  };
  for (const MethodClass one : {MethodClass::kHeavy, MethodClass::kLight}) {
    const metrics::LabelValues labels = {std::string(ClassName(one))};
    const double limit = one == MethodClass::kHeavy ? limits_.heavy : limits_.light;
    gauge(metrics::kAdmissionLimit, labels, [limit] { return limit; });
    gauge(metrics::kAdmissionInFlight, labels, [this, one] { return static_cast<double>(InFlight(one).load()); });
  }
  gauge(metrics::kAdmissionMemoryLimit, {}, [bytes = static_cast<double>(limits_.memory_bytes)] { return bytes; });
}

std::atomic<int>& Admission::InFlight(MethodClass method_class) {
  return in_flight_[static_cast<std::size_t>(method_class)];
}

bool Admission::MemoryIsLow() {
  if (limits_.memory_bytes <= 0) return false;
  const std::int64_t now = steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  std::int64_t before = memory_read_at_ns_.load();
  if ((before == 0 || now - before > kMemoryAge.count()) && memory_read_at_ns_.compare_exchange_strong(before, now)) {
    memory_is_low_ = limits_.resident_bytes() > limits_.memory_bytes;
  }
  return memory_is_low_;
}

Status Admission::Enter(CallInfo& call, grpc::ServerContext&) {
  const MethodClass method_class = ClassOf(call.method);
  if (method_class == MethodClass::kHeavy && MemoryIsLow()) {
    return Refusal(method_class, "MEMORY_LOW",
                   "the server is short of memory and takes no further work; ask again later, or ask another replica");
  }
  const int limit = method_class == MethodClass::kHeavy ? limits_.heavy : limits_.light;
  std::atomic<int>& in_flight = InFlight(method_class);
  if (in_flight.fetch_add(1) >= limit) {
    --in_flight;
    return Refusal(method_class, "QUEUE_FULL",
                   "the server already handles " + std::to_string(limit) + " " + std::string(ClassName(method_class)) +
                       " calls; ask again later, or ask another replica");
  }
  return {};
}

void Admission::Leave(const CallInfo& call, const Status&, std::chrono::nanoseconds) noexcept {
  --InFlight(ClassOf(call.method));
}

}  // namespace farrell
