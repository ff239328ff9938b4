// Threads for the engine's independent pieces of work.
#pragma once

#include "services/regression/engine/inference.h"

namespace farrell::regression {

// Up to `threads` threads take one item at a time. The engine's results have fixed slots, so the number of threads
// leaves no trace in them. An exception of the body is thrown again in the calling thread.
ParallelFor MakeParallelFor(int threads);

}  // namespace farrell::regression
