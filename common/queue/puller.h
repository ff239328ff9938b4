// The solver's end of the queue: pulls shards, shows signs of life, hands results' notices back.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/queue/shard.h"
#include "common/redis/client.h"
#include "common/status/status.h"

namespace farrell::queue {

struct PullerOptions {
  std::string channel;
  std::string solver;  // name of this consumer; unique among those alive
  // A shard that nobody has shown a sign of life for is taken over after this time.
  std::chrono::milliseconds abandoned_after{10'000};
  // A shard delivered more often than this without an end is given up as poison: it seems to kill who takes it.
  int most_deliveries = 5;
};

// A shard in hand. It stays in the stream, pending for this solver, until Finish or HandBack.
struct Delivery {
  Shard shard;
  Priority priority = Priority::kInteractive;
  std::string id;  // of the entry
};

// Not thread-safe: one a thread. `redis` outlives it.
class Puller {
 public:
  Puller(redis::Client& redis, PullerOptions options);

  struct Pulled {
    bool reached = false;  // false: Redis cannot be reached
    std::optional<Delivery> delivery{};
  };
  // The next shard, abandoned ones first, then by priority; every eighth pull looks at the lowest priority first, so
  // that none starves. Waits up to `wait` for one to come. Poison is given up on the way, with a notice to its job.
  Pulled Pull(std::chrono::milliseconds wait);

  // The bytes of a task; nothing when they are damaged, or gone, as they are when nobody waits for the job any more.
  std::optional<std::string> ReadTask(const std::string& digest);

  // Takes the shard out of the stream and tells its job. False when Redis cannot be reached: the shard will be
  // delivered again, and its result found.
  bool Finish(const Delivery& delivery, const Notice& notice);
  // Puts the shard back at the end of its stream for others.
  bool HandBack(const Delivery& delivery);

 private:
  std::optional<Delivery> Claim(Priority priority);
  Result<redis::Reply> Read(const std::vector<Priority>& priorities, std::chrono::milliseconds wait);
  std::optional<Delivery> Take(const redis::Reply& reply);
  void MakeGroups();

  PullerOptions options_;
  Keys keys_;
  redis::Client& redis_;
  std::chrono::steady_clock::time_point next_claim_;
  std::uint64_t pulls_ = 0;
};

// Signs of life of all shards that a process has in hand, from a thread that does nothing else. Not thread-safe.
class Pulse {
 public:
  Pulse(redis::Client& redis, PullerOptions options);

  // Tells that solvers of these names are alive. False when Redis cannot be reached.
  bool Announce(const std::vector<std::string>& solvers);
  // Takes them off the list: the process ends.
  void Retire(const std::vector<std::string>& solvers);
  // Keeps others from taking the shard over.
  void Hold(const Delivery& delivery, const std::string& solver);
  // Whether somebody still waits for the job. True when Redis cannot be reached: the result may yet be wanted.
  bool Wanted(const std::string& job);

 private:
  PullerOptions options_;
  Keys keys_;
  redis::Client& redis_;
};

}  // namespace farrell::queue
