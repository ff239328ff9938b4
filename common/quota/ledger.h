// What principals use: calls under way, and processor seconds by the day in UTC. Counted in the coordination Redis by
// all replicas together; without one, or while it is away, by this process alone.
//
// A call counts once in each service it passes: one that runs a study has a call under way in reporting, and its steps
// one after another in the others. So a limit of one does not shut out what a call asks of the next service, and no
// caller can pass a call of theirs off as part of another.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "common/access/grants.h"
#include "common/redis/client.h"
#include "common/status/status.h"

namespace farrell::quota {

struct Usage {
  std::int64_t in_flight = 0;        // in this service
  double compute_seconds_today = 0;  // in all
};

// Thread-safe.
class Ledger {
 public:
  // `service` names the program: its replicas count together. An empty address of `redis`: no Redis. Every `renew` a
  // replica says that its calls are still under way; those of one that has died count for 40 s.
  Ledger(std::string service, redis::Options redis, std::chrono::milliseconds renew = std::chrono::seconds(10));
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // Enters a call with an id of its own, unless the principal has used up its quota: RESOURCE_EXHAUSTED, reason
  // QUOTA_EXCEEDED, metadata `quota` (in_flight, compute_seconds_per_day), `limit`, `used`, `retry_after_ms`.
  Status Begin(const std::string& principal, const access::Quota& quota, const std::string& call);
  // Takes the call out and notes its processor seconds: at once, or with the next renewal where the principal has no
  // limit, whose calls so cost no round trip, or Redis was away.
  void End(const std::string& principal, const std::string& call, double seconds);

  Usage Used(const std::string& principal);

 private:
  struct Local {
    std::map<std::string, bool> calls;  // whether Redis knows of it
    std::string day;
    double seconds = 0;  // on `day`, by this process
    double owed = 0;     // of it, not in Redis yet
  };

  std::optional<Usage> Ask(const std::string& principal, const access::Quota& quota, const std::string& call,
                           bool& entered);
  Local& Of(const std::string& principal);
  void Renew();

  const std::string service_;
  std::unique_ptr<redis::Client> redis_;  // null: none
  std::mutex mutex_;
  std::map<std::string, Local> local_;
  std::jthread renewal_;
};

// QUOTA_EXCEEDED; for quotas that are counted elsewhere too. `retry_after_ms` 0: waiting does not help.
Status Exceeded(const std::string& principal, const std::string& quota, double limit, double used,
                std::int64_t retry_after_ms);

}  // namespace farrell::quota
