// At most one computation of a key at a time among all processes that share a Redis.
//
// All keys of a KEY carry its hash tag:
//   farrell.lease:{KEY}    FENCE:TOKEN of the process that computes, gone when it does not renew in time
//   farrell.fence:{KEY}    a counter: every lease of the key has a higher fence than the one before
//   farrell.waiters:{KEY}  those in other processes who wait, by when they were last heard of
//   farrell.outcome:{KEY}  a stream of one entry, FENCE-1: how the last computation ended; waiters block on it
//
// A lease is never needed for a right result, only for a cheap one: whoever cannot reach Redis computes alone.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "common/cache/shared_outcome.h"
#include "common/redis/client.h"
#include "common/status/status.h"

namespace farrell {

// The right to compute a key, renewed by a thread of its own until it is finished.
class Lease {
 public:
  ~Lease();  // Finish(kAbandoned), unless it was finished
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  // Never 0. A write under a lower fence than one seen before is refused.
  std::int64_t fence() const;

  // The token to compute with: it fires when nobody wants the result any more. `stop` fires when nobody in this process
  // does; as long as others wait elsewhere the work goes on, at most five seconds more, so that a server that shuts
  // down does. Call once.
  std::stop_token Guard(std::stop_token stop);

  // Gives the lease up and tells those who wait. False when it had been lost, which tells nobody.
  bool Finish(const SharedOutcome& outcome);

 private:
  friend class Leases;
  class State;
  explicit Lease(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Thread-safe.
class Leases {
 public:
  // `period`: how long a lease lives unless it is renewed, which happens three times in it; also how long others wait
  // for a process that was killed. At least 100 ms.
  Leases(std::shared_ptr<redis::Client> redis, std::chrono::milliseconds period);

  struct Turn {
    enum class Kind : std::uint8_t {
      kLead,     // compute; `lease` is held
      kDone,     // another process computed: look into the cache
      kFailed,   // another process failed: `failure`
      kAway,     // Redis does not answer: compute without a lease
      kStopped,  // `stop` fired while another process computed
    };
    Kind kind = Kind::kAway;
    std::unique_ptr<Lease> lease{};
    Status failure{};
  };
  // Takes the lease of `key`, or waits until the process that has it is done, and takes over when that one is gone.
  Turn Await(const std::string& key, const std::stop_token& stop);

 private:
  class Follower;

  const std::shared_ptr<redis::Client> redis_;
  const std::chrono::milliseconds period_;
};

}  // namespace farrell
