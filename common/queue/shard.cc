#include "common/queue/shard.h"

namespace farrell::queue {

const char* PriorityName(Priority priority) {
  switch (priority) {
    case Priority::kInteractive: return "interactive";
    case Priority::kScheduled: return "scheduled";
    case Priority::kBackfill: return "backfill";
  }
  return "interactive";
}

}  // namespace farrell::queue
