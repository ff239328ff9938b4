// Solver workers as the service sees them.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/queue/shard.h"
#include "common/status/status.h"
#include "farrell/dea/v1/task.pb.h"
#include "services/dea/service/work.h"

namespace farrell::dea {

// Who did work that was shared out.
struct SolverShare {
  std::int64_t items = 0;    // done by solvers
  std::string without = {};  // ResultOrigin.without_solvers
};

// Work to be shared out.
struct SolverOrder {
  const v1::Task& task;         // complete
  Work& work;                   // the same, for what is done here
  std::vector<ItemRange> open;  // items asked for, ascending, disjoint
  queue::Priority priority;
  const Absorb& absorb;
  // The number of items finished; called on the calling thread, a few times a second.
  const std::function<void(std::int64_t items)>& progress;
  SolverShare& share;  // added to
};

class Solvers {
 public:
  virtual ~Solvers() = default;
  // Whether work of so many seconds on one core is worth sending away.
  virtual bool Worth(double guessed_seconds) const = 0;
  // Returns when every open item has been absorbed. What solvers cannot do, because there are none or they cannot be
  // reached, is done here. CANCELLED when stopped; errors of solvers that would come again.
  virtual Status Solve(const SolverOrder& order, const std::stop_token& stop) = 0;
};

}  // namespace farrell::dea
