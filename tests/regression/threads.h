// Plain threads for tests that results do not depend on their number.
#pragma once

#include <algorithm>
#include <cstdint>
#include <thread>
#include <vector>

#include "services/regression/engine/environment.h"

namespace farrell::regression::testing {

// Every item to one of `threads` threads, in turn.
inline Environment InThreads(int threads) {
  Environment environment;
  environment.parallel = [threads](std::int64_t count, const auto& body) {
    std::vector<std::thread> pool;
    for (int thread = 0; thread < threads; ++thread) {
      pool.emplace_back([=, &body] {
        for (std::int64_t k = thread; k < count; k += threads) body(k, k + 1);
      });
    }
    for (std::thread& thread : pool) thread.join();
  };
  return environment;
}

}  // namespace farrell::regression::testing
