// What happens to a run that is due while another of its schedule waits or is under way.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/reporting/engine/schedule/nominal_times.h"

namespace farrell::reporting::schedule {

enum class Overlap : std::uint8_t {
  kBufferOne,    // one waits, the newest: it takes the place of an older one that waits
  kSkip,         // what is due while one is under way does not run
  kBufferAll,    // all run, one after the other
  kCancelOther,  // the newest runs; the one under way is cancelled
  kAllow,        // all run, side by side
};

// A run of a schedule that has not ended.
struct OpenRun {
  std::string id;
  Moment nominal;
  bool under_way = false;
};

struct OverlapDecision {
  enum class Kind : std::uint8_t { kStart, kSkip, kSupersede, kCancel };
  Kind kind = Kind::kStart;
  std::string run;
  // The run for which it is skipped, superseded or cancelled; empty: it starts.
  std::string other;
  bool operator==(const OverlapDecision&) const = default;
};

// As if the runs had come one by one in the order of their nominal times. Runs that are not named wait. Whether there
// is room for those that may start is for the caller.
std::vector<OverlapDecision> DecideOverlap(Overlap policy, std::vector<OpenRun> open);

}  // namespace farrell::reporting::schedule
