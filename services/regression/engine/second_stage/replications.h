// Runs replications in parallel, with progress and a quick end.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>

#include "services/regression/engine/environment.h"

namespace farrell::regression {

// body(r) for every r in [0, count), each writing to places of its own. `known` of `total` items were done before.
// False when stopped.
inline bool RunReplications(std::int64_t count, std::int64_t known, std::int64_t total, const Environment& environment,
                            const std::function<void(std::int64_t replication)>& body) {
  constexpr std::int64_t kBetweenReports = 64;
  for (std::int64_t first = 0; first < count; first += kBetweenReports) {
    const std::int64_t step = std::min(kBetweenReports, count - first);
    const auto run = [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end && !environment.stop.stop_requested(); ++i) body(first + i);
    };
    if (environment.parallel) {
      environment.parallel(step, run);
    } else {
      run(0, step);
    }
    if (environment.stop.stop_requested()) return false;
    if (environment.progress) environment.progress(known + first + step, total);
  }
  return true;
}

}  // namespace farrell::regression
