#include "common/rpc/work_meter.h"

#include <ctime>

#include "common/rpc/call.h"

namespace farrell {

std::int64_t ThreadNanoseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

WorkFor::WorkFor(const CallInfo* call) : meter_(call == nullptr ? nullptr : call->work.get()) {
  if (meter_ != nullptr) began_ = ThreadNanoseconds();
}

WorkFor::~WorkFor() {
  if (meter_ != nullptr) meter_->nanoseconds += ThreadNanoseconds() - began_;
}

void AddWork(double seconds) {
  const CallInfo* call = CurrentCall();
  if (call == nullptr || call->work == nullptr || seconds <= 0) return;
  call->work->nanoseconds += static_cast<std::int64_t>(seconds * 1e9);
}

}  // namespace farrell
