// What a farrell-solver does: pulls shards, does them, keeps their results, says so.
#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

#include "common/redis/client.h"
#include "common/rpc/call.h"
#include "common/rpc/channel.h"
#include "common/status/status.h"

namespace farrell::dea {

struct SolverOptions {
  std::string name;  // unique among solvers alive
  int threads = 1;   // shards at a time
  // See queue::PullerOptions.
  std::chrono::milliseconds abandoned_after{10'000};
  // Time that shards in hand have to be finished once the solver is told to stop; then they are handed back.
  std::chrono::milliseconds grace{10'000};
  // Told of every shard in the trace of the call that it is a part of (Leave of a CallStation). Null: nobody is.
  std::shared_ptr<CallStation> spans{};
};

class Solver {
 public:
  // `coordination` holds the queue, `parts` what comes out; both outlive the solver. `data`: the data service.
  Solver(redis::Client& coordination, redis::Client& parts, ChannelProvider data, SolverOptions options);
  ~Solver();
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;

  // Works until `stop` fires, then finishes or hands back what is in hand.
  void Run(const std::stop_token& stop);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace farrell::dea
