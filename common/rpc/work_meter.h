// Processor time that a call costs, wherever it is spent: on its handler's thread, on those that work for it, on the
// machines of solvers.
#pragma once

#include <atomic>
#include <cstdint>

namespace farrell {

struct CallInfo;

// Thread-safe.
struct WorkMeter {
  std::atomic<std::int64_t> nanoseconds = 0;
};

// Processor time that this thread has used so far.
std::int64_t ThreadNanoseconds();

// Adds what this thread uses until the end of the scope to the meter of `call`: for threads that work for a call. Costs
// nothing where nobody measures; null: no call. `call` must outlive the scope.
class WorkFor {
 public:
  explicit WorkFor(const CallInfo* call);
  ~WorkFor();
  WorkFor(const WorkFor&) = delete;
  WorkFor& operator=(const WorkFor&) = delete;

 private:
  WorkMeter* meter_;
  std::int64_t began_ = 0;
};

// Work that others did for the call under way.
void AddWork(double seconds);

}  // namespace farrell
