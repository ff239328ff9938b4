// The autoscaling signal: what jobs of this program's channel wait for, read from Redis when somebody looks.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <vector>

#include "common/observe/metrics.h"
#include "common/queue/job_queue.h"
#include "common/redis/client.h"

namespace farrell::dea {

// Thread-safe. `coordination` outlives it. While Redis cannot be reached the last values stand.
class QueueMetrics {
 public:
  explicit QueueMetrics(redis::Client& coordination);

 private:
  // At most once a second.
  queue::Waiting Read();

  redis::Client& coordination_;
  std::mutex mutex_;
  queue::Waiting waiting_;
  std::chrono::steady_clock::time_point read_again_at_;
  std::vector<std::unique_ptr<metrics::Reading>> readings_;
};

}  // namespace farrell::dea
