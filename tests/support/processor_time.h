// Processor time of this process, for limits on work: a busy machine stretches the clock on the wall, not this one.
#pragma once

#include <ctime>

namespace farrell::testing {

inline double ProcessorMilliseconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_nsec);
}

}  // namespace farrell::testing
