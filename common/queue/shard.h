// What travels between a service that divides its work and the solvers that do it. See docs/operations/solvers.md.
//
// A channel is the meeting point of services and solvers whose numbers agree: same engine, revision and numeric ABI.
// Everything of a channel lives under keys with one hash tag:
//
//   farrell.shards:{CHANNEL}:PRIORITY   stream of shards, consumer group "solvers"
//   farrell.task:{CHANNEL}:DIGEST       what the shards of a task are parts of
//   farrell.job:{CHANNEL}:JOB           exists as long as somebody waits for the job
//   farrell.done:{CHANNEL}:JOB          stream of notices to whoever waits
//   farrell.backlog:{CHANNEL}           hash: job -> work not yet done, for the autoscaler
//   farrell.solvers:{CHANNEL}           sorted set: solver -> when it was last heard of, in the clock of Redis
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace farrell::queue {

// Who goes first when solvers are scarce.
enum class Priority : std::uint8_t { kInteractive, kScheduled, kBackfill };

inline constexpr std::array<Priority, 3> kPriorities = {Priority::kInteractive, Priority::kScheduled,
                                                        Priority::kBackfill};

// "interactive", "scheduled", "backfill".
const char* PriorityName(Priority priority);

// A part of a task: items [first, last).
struct Shard {
  std::string job;   // whose; names the notices and the sign of life
  std::string task;  // digest of the task's bytes
  std::string key;   // content key of the result
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::string trace{};  // W3C traceparent of the call it belongs to; empty: none

  std::uint64_t size() const { return last - first; }
};

// What a solver says of a shard it is done with. Done well: the result is kept under `key`.
struct Notice {
  std::string key;
  std::string solver;
  double seconds = 0;  // spent on it; 0: its result was there
  // Empty: done. Otherwise a reason, and whether another try may help.
  std::string reason{};
  std::string message{};
  bool retry = false;
};

// Names of the keys of a channel.
class Keys {
 public:
  explicit Keys(std::string channel) : tag_("{" + std::move(channel) + "}") {}

  std::string Shards(Priority priority) const { return "farrell.shards:" + tag_ + ":" + PriorityName(priority); }
  std::string Task(const std::string& digest) const { return "farrell.task:" + tag_ + ":" + digest; }
  std::string Job(const std::string& job) const { return "farrell.job:" + tag_ + ":" + job; }
  std::string Done(const std::string& job) const { return "farrell.done:" + tag_ + ":" + job; }
  std::string Backlog() const { return "farrell.backlog:" + tag_; }
  std::string Solvers() const { return "farrell.solvers:" + tag_; }

 private:
  std::string tag_;
};

inline constexpr const char* kGroup = "solvers";

}  // namespace farrell::queue
