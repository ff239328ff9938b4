// Runs an evaluation on threads.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

#include "common/status/status.h"
#include "services/dea/engine/evaluate.h"

namespace farrell::dea {

// Solves every unit on up to `threads` threads. Results have fixed slots, so the thread count leaves no trace in them.
// `progress` is called on the calling thread with the number of units finished, at most four times a second. CANCELLED
// when stopped.
Result<std::vector<UnitScore>> SolveInParallel(const Evaluation& evaluation, int threads, const std::stop_token& stop,
                                               const std::function<void(std::int64_t units)>& progress);

}  // namespace farrell::dea
