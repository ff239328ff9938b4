#include "services/dea/service/parallel.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "common/rpc/call.h"

namespace farrell::dea {
namespace {

constexpr std::chrono::milliseconds kBetweenReports{250};

// What the workers share.
struct Shared {
  std::atomic<std::size_t> next{0};
  std::atomic<std::int64_t> done{0};
  std::mutex mutex;
  std::condition_variable finished;
  int running = 0;
  std::exception_ptr failure;
};

}  // namespace

Status RunInParallel(std::size_t count, std::size_t shard, int threads, const std::stop_token& stop,
                     const std::function<void(std::int64_t)>& progress, const TaskBody& body) {
  const std::size_t shards = (count + shard - 1) / shard;
  Shared work;
  const std::function<void(std::int64_t)> tick = [&](std::int64_t items) {
    work.done.fetch_add(items, std::memory_order_relaxed);
  };
  const auto do_shards = [&] {
    for (std::size_t at = work.next++; at < shards; at = work.next++) {
      if (stop.stop_requested() || !body(at * shard, std::min((at + 1) * shard, count), tick)) return;
    }
  };
  const CallInfo* call = CurrentCall();
  const auto run = [&] {
    const WorkFor counted(call);
    std::exception_ptr failure;
    try {
      do_shards();
    } catch (...) {
      failure = std::current_exception();
      work.next = shards;
    }
    const std::scoped_lock lock(work.mutex);
    if (failure) work.failure = failure;
    if (--work.running == 0) work.finished.notify_all();
  };

  const std::size_t workers = std::min(static_cast<std::size_t>(std::max(threads, 1)), shards);
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

ParallelFor OnThreads(int threads, const std::stop_token& stop) {
  return [threads, stop](std::size_t count, const std::function<void(std::size_t)>& body) {
    static_cast<void>(
        RunInParallel(count, 1, threads, stop, nullptr, [&](std::size_t first, std::size_t last, const Done&) {
          for (std::size_t i = first; i < last; ++i) body(i);
          return true;
        }));
  };
}

Status DoHere(const Work& work, const std::vector<ItemRange>& open, std::size_t shard, int threads,
              const std::stop_token& stop, const std::function<void(std::int64_t)>& progress, const Absorb& absorb) {
  std::vector<ItemRange> shards;
  for (const ItemRange& range : open) {
    for (std::size_t first = range.first; first < range.last; first += shard) {
      shards.push_back({first, std::min(first + shard, range.last)});
    }
  }
  std::mutex mutex;
  Status failure;
  const Status ran = RunInParallel(shards.size(), 1, threads, stop, progress,
                                   [&](std::size_t first, std::size_t last, const Done& done) {
                                     for (std::size_t i = first; i < last; ++i) {
                                       std::string bytes;
                                       if (!work.Do(shards[i], bytes, stop, done)) return false;
                                       const std::scoped_lock lock(mutex);
                                       if (failure.ok()) failure = absorb(shards[i], bytes);
                                       if (!failure.ok()) return false;
                                     }
                                     return true;
                                   });
  return failure.ok() ? ran : failure;
}

}  // namespace farrell::dea
