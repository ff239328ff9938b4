#include "services/dea/service/parallel_evaluation.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

namespace farrell::dea {
namespace {

// Units taken at a time: few enough to share evenly, enough to make a thread worth its start.
constexpr std::size_t kShard = 16;
constexpr std::chrono::milliseconds kBetweenReports{250};

// What the workers share.
struct Work {
  std::atomic<std::size_t> next{0};
  std::atomic<std::int64_t> done{0};
  std::mutex mutex;
  std::condition_variable finished;
  int running = 0;
  std::exception_ptr failure;
};

}  // namespace

Status SolveInParallel(const Evaluation& evaluation, const std::vector<std::pair<std::size_t, std::size_t>>& ranges,
                       int threads, const std::stop_token& stop, const std::function<void(std::int64_t)>& progress,
                       std::vector<UnitScore>& results) {
  std::vector<std::pair<std::size_t, std::size_t>> shards;
  for (const auto& [first, last] : ranges) {
    for (std::size_t begin = first; begin < last; begin += kShard)
      shards.emplace_back(begin, std::min(begin + kShard, last));
  }
  Work work;
  const auto tick = [&](std::int64_t units) { work.done.fetch_add(units, std::memory_order_relaxed); };
  const auto solve_shards = [&] {
    for (std::size_t shard = work.next++; shard < shards.size(); shard = work.next++) {
      if (!evaluation.Solve(shards[shard].first, shards[shard].second, results, stop, tick)) return;
    }
  };
  const auto run = [&] {
    std::exception_ptr failure;
    try {
      solve_shards();
    } catch (...) {
      failure = std::current_exception();
      work.next = shards.size();
    }
    const std::scoped_lock lock(work.mutex);
    if (failure) work.failure = failure;
    if (--work.running == 0) work.finished.notify_all();
  };

  const std::size_t workers = std::min(static_cast<std::size_t>(std::max(threads, 1)), shards.size());
  work.running = static_cast<int>(workers);
  {
    std::vector<std::jthread> pool;
    for (std::size_t i = 0; i < workers; ++i) pool.emplace_back(run);
    std::unique_lock lock(work.mutex);
    while (!work.finished.wait_for(lock, kBetweenReports, [&] { return work.running == 0; })) {
      lock.unlock();
      if (progress) progress(work.done.load(std::memory_order_relaxed));
      lock.lock();
    }
  }
  if (work.failure) std::rethrow_exception(work.failure);
  return stop.stop_requested() ? Cancelled() : Status::Ok();
}

}  // namespace farrell::dea
