// Runs a counted task on threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

#include "common/status/status.h"
#include "services/dea/service/work.h"

namespace farrell::dea {

// Does items [begin, end) and adds to the count of finished ones as it goes; false when stopped.
using TaskBody = std::function<bool(std::size_t begin, std::size_t end, const std::function<void(std::int64_t)>& done)>;

// Does items [0, count), `shard` at a time, on up to `threads` threads. Items are fixed, so the thread count leaves no
// trace where they write to slots of their own. `progress` is called on the calling thread with the number of items
// finished, at most four times a second. Exceptions of the body come through. CANCELLED when stopped.
Status RunInParallel(std::size_t count, std::size_t shard, int threads, const std::stop_token& stop,
                     const std::function<void(std::int64_t done)>& progress, const TaskBody& body);

// For work that others divide: calls body(0) .. body(count - 1). A stop shows in what the caller is told by the work
// itself.
ParallelFor OnThreads(int threads, const std::stop_token& stop);

// Does the open items of prepared work, `shard` at a time, on up to `threads` threads of this process.
Status DoHere(const Work& work, const std::vector<ItemRange>& open, std::size_t shard, int threads,
              const std::stop_token& stop, const std::function<void(std::int64_t done)>& progress,
              const Absorb& absorb);

}  // namespace farrell::dea
