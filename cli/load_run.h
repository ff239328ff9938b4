// A load: many clients that make calls at once, in a closed loop (each makes its next call when the last one is
// answered) or an open one (calls are due at a rate, whatever the answers do).
//
// In an open loop the latency of a call counts from when it was due, not from when a client came round to it: a server
// that stalls is charged for every call that had to wait (no coordinated omission).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>

#include "cli/latency_histogram.h"
#include "cli/load_mix.h"
#include "common/status/status.h"

namespace farrell::cli {

struct LoadPlan {
  Mix mix{};
  int clients = 8;         // threads, each with connections of its own
  double rate = 0;         // calls a second of all clients together, Poisson; 0: closed loop
  double seconds = 10;     // 0: no limit
  std::int64_t calls = 0;  // 0: no limit
  std::int64_t seed = 1;   // decides the kinds and, in an open loop, when calls are due
};

struct LoadCounts {
  LatencyHistogram latency;  // of calls that succeeded
  std::map<Code, std::int64_t> errors;

  std::int64_t error_count() const;
  std::int64_t call_count() const { return latency.count() + error_count(); }
  void Add(const LoadCounts& other);
};

struct LoadOutcome {
  std::array<LoadCounts, kCallKinds.size()> kinds;  // in the order of kCallKinds
  double seconds = 0;                               // from the first call to the last answer
  std::int64_t unsent = 0;  // open loop: due before the end, and no client was free to make them

  LoadCounts All() const;
};

// Makes call `number` of that kind.
using MakeCall = std::function<Status(CallKind kind, std::int64_t number)>;
// So far: seconds, calls, calls that failed.
using LoadProgress = std::function<void(double seconds, std::int64_t calls, std::int64_t errors)>;

// `client` makes what client 0, 1, … calls with, on that client's thread. Ends with the plan, or early when `stop`
// fires; calls that this cancels are not counted.
LoadOutcome RunLoad(const LoadPlan& plan, const std::stop_token& stop, const std::function<MakeCall(int)>& client,
                    const LoadProgress& progress);

}  // namespace farrell::cli
