#include "services/regression/service/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "common/rpc/call.h"

namespace farrell::regression {

ParallelFor MakeParallelFor(int threads) {
  return [threads](std::int64_t count, const std::function<void(std::int64_t, std::int64_t)>& body) {
    const std::int64_t workers = std::min<std::int64_t>(std::max(threads, 1), count);
    if (workers <= 1) {
      if (count > 0) body(0, count);
      return;
    }
    std::atomic<std::int64_t> next{0};
    std::mutex mutex;
    std::exception_ptr failure;
    const auto work = [&] {
      try {
        for (std::int64_t item = next.fetch_add(1); item < count; item = next.fetch_add(1)) body(item, item + 1);
      } catch (...) {
        const std::scoped_lock lock(mutex);
        failure = std::current_exception();
        next = count;
      }
    };
    {
      std::vector<std::jthread> pool;
      const CallInfo* call = CurrentCall();
      for (std::int64_t k = 1; k < workers; ++k) {
        pool.emplace_back([&] {
          const WorkFor counted(call);
          work();
        });
      }
      work();
    }
    if (failure) std::rethrow_exception(failure);
  };
}

}  // namespace farrell::regression
