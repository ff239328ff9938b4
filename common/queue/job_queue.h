// The service's end of the queue: one job, its shards on the way, and what solvers say of them.
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

struct JobOptions {
  std::string channel;
  std::string job;  // a name nobody else uses
  Priority priority = Priority::kInteractive;
  // Whoever waits for the job must Renew more often than this, else solvers let go of its shards.
  std::chrono::milliseconds lives_for{10'000};
};

// Work that a job has not seen the end of, on the way or not: what an autoscaler scales on.
struct Backlog {
  std::uint64_t shards = 0;
  double seconds = 0;      // on one core
  double age_seconds = 0;  // since the job began
};

// Not thread-safe. `redis` outlives it. Every call that cannot reach Redis says so by an empty result.
class JobQueue {
 public:
  JobQueue(redis::Client& redis, JobOptions options);
  // Ends the job for solvers and takes its notices and tasks away: another job with the same task puts it again when it
  // is missed. Shards are withdrawn by the caller.
  ~JobQueue();
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;

  const std::string& job() const { return options_.job; }

  // Shows that the job is waited for, with what is left of it.
  bool Renew(const Backlog& backlog);
  // Keeps the bytes of a task until the job ends, an hour at most.
  bool PutTask(const std::string& digest, const std::string& bytes);
  // Appends shards; the ids of their entries.
  std::optional<std::vector<std::string>> Enqueue(const std::vector<Shard>& shards);
  // Notices since the last call; waits up to `wait` for the first.
  std::optional<std::vector<Notice>> Wait(std::chrono::milliseconds wait);
  // Whether an entry is still to be finished. A Redis that lost the end of its stream lost shards.
  std::optional<bool> Holds(const std::string& entry);
  // Takes entries out, whoever has them in hand.
  void Withdraw(const std::vector<std::string>& entries);
  // Solvers heard of in the last five seconds.
  std::optional<int> LiveSolvers();

 private:
  JobOptions options_;
  Keys keys_;
  redis::Client& redis_;
  std::string last_notice_ = "0-0";
  std::vector<std::string> tasks_;  // keys
};

// What all jobs of a channel wait for, by priority in the order of kPriorities.
struct Waiting {
  std::array<Backlog, kPriorities.size()> backlogs;  // age: of the oldest job
  int solvers = 0;
};

// Read for the autoscaler; nothing when Redis cannot be reached.
std::optional<Waiting> ReadWaiting(redis::Client& redis, const std::string& channel);

}  // namespace farrell::queue
