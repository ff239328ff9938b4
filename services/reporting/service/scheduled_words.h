// States of scheduled runs as words, for logs and metrics.
#pragma once

#include <string_view>

#include "farrell/reporting/v1/schedule.pb.h"

namespace farrell::reporting {

constexpr std::string_view StateWord(v1::ScheduledRun::State state) {
  switch (state) {
    case v1::ScheduledRun::STATE_WAITING: return "waiting";
    case v1::ScheduledRun::STATE_RUNNING: return "running";
    case v1::ScheduledRun::STATE_PUBLISHED: return "published";
    case v1::ScheduledRun::STATE_WITHHELD: return "withheld";
    case v1::ScheduledRun::STATE_SKIPPED: return "skipped";
    case v1::ScheduledRun::STATE_SUPERSEDED: return "superseded";
    case v1::ScheduledRun::STATE_REJECTED: return "rejected";
    case v1::ScheduledRun::STATE_FAILED: return "failed";
    case v1::ScheduledRun::STATE_CANCELLED: return "cancelled";
    default: return "unknown";
  }
}

}  // namespace farrell::reporting
