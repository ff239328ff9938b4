// Runs an evaluation on threads.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <utility>
#include <vector>

#include "common/status/status.h"
#include "services/dea/engine/evaluate.h"

namespace farrell::dea {

// Solves the positions of `ranges` on up to `threads` threads into `results` (one slot per observation). Slots are
// fixed, so the thread count leaves no trace. `progress` is called on the calling thread with the number of units
// finished, at most four times a second. CANCELLED when stopped.
Status SolveInParallel(const Evaluation& evaluation, const std::vector<std::pair<std::size_t, std::size_t>>& ranges,
                       int threads, const std::stop_token& stop,
                       const std::function<void(std::int64_t units)>& progress, std::vector<UnitScore>& results);

}  // namespace farrell::dea
