#include "common/quota/quota_station.h"

#include <atomic>
#include <string>
#include <utility>

#include "common/access/grants.h"
#include "common/admission/method_class.h"
#include "common/rpc/trace_context.h"
#include "common/rpc/work_meter.h"

namespace farrell::quota {
namespace {

// A call that is measured, from its handler's thread on.
struct MeteredCall : WorkMeter {
  std::string id;
  std::int64_t began = ThreadNanoseconds();
};

class QuotaStation final : public CallStation {
 public:
  explicit QuotaStation(std::shared_ptr<Ledger> ledger) : ledger_(std::move(ledger)) {}

  Status Enter(CallInfo& call, grpc::ServerContext&) override {
    if (call.grant == nullptr || ClassOf(call.method) != MethodClass::kHeavy) return {};
    auto metered = std::make_shared<MeteredCall>();
    metered->id = prefix_ + std::to_string(++count_);
    FARRELL_RETURN_IF_ERROR(ledger_->Begin(call.principal, call.grant->quota, metered->id));
    call.work = std::move(metered);
    return {};
  }

  void Leave(const CallInfo& call, const Status&, std::chrono::nanoseconds) noexcept override {
    const auto* metered = static_cast<const MeteredCall*>(call.work.get());
    if (metered == nullptr) return;
    const std::int64_t used = metered->nanoseconds + ThreadNanoseconds() - metered->began;
    ledger_->End(call.principal, metered->id, static_cast<double>(used) / 1e9);
  }

 private:
  const std::shared_ptr<Ledger> ledger_;
  const std::string prefix_ = RandomHex(8) + "-";
  std::atomic<std::int64_t> count_ = 0;
};

}  // namespace

std::shared_ptr<CallStation> MakeQuotaStation(std::shared_ptr<Ledger> ledger) {
  return std::make_shared<QuotaStation>(std::move(ledger));
}

std::vector<QuotaUse> UsesOf(Ledger& ledger, const CallInfo& call) {
  const Usage used = ledger.Used(call.principal);
  const access::Quota& quota = call.grant->quota;
  return {{"in_flight", static_cast<double>(used.in_flight), static_cast<double>(quota.in_flight)},
          {"compute_seconds_per_day", used.compute_seconds_today, quota.compute_seconds_per_day}};
}

}  // namespace farrell::quota
