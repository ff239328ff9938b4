// Shares work out to solvers through the queue (common/queue), and does here what nobody else does.
//
// A job keeps only a few shards on the way for each solver that lives: jobs take turns, and what is not on the way can
// still be cut to size by what the first shards took. Shards are powers of two of items, so that the same work asked
// for again, perhaps of another replica, finds the parts that are done.
//
// Nothing hangs on one program: a solver that dies lets go of its shards; a stream that loses its end shows in entries
// that are neither there nor done, and they are sent again; without solvers, or without Redis, the work is done here.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "common/queue/part_store.h"
#include "common/queue/shard.h"
#include "common/redis/client.h"
#include "services/dea/service/solvers.h"

namespace farrell::dea {

struct DispatcherOptions {
  // Work below this is done here: the way to a solver and back costs a few milliseconds a shard.
  double worth_seconds = 0.5;
  // What a shard should take on one core.
  double shard_seconds = 0.5;
  // A shard that failed for a reason that may pass is sent this often, then done here.
  int most_tries = 3;
  // How often entries on the way are looked for.
  std::chrono::milliseconds look_after{5'000};
  // Threads for what is done here.
  int threads = 1;
};

// Thread-safe. The clients outlive it.
class Dispatcher final : public Solvers {
 public:
  // `coordination` holds the queue, `parts` what comes back.
  Dispatcher(redis::Client& coordination, redis::Client& parts, const DispatcherOptions& options)
      : coordination_(coordination), parts_(parts), options_(options) {}

  bool Worth(double guessed_seconds) const override { return guessed_seconds >= options_.worth_seconds; }
  Status Solve(const SolverOrder& order, const std::stop_token& stop) override;

 private:
  redis::Client& coordination_;
  queue::PartStore parts_;
  DispatcherOptions options_;
};

}  // namespace farrell::dea
