#include "services/dea/service/queue_metrics.h"

#include <cstddef>

#include "common/observe/catalogue.h"
#include "services/dea/service/task.h"

namespace farrell::dea {

QueueMetrics::QueueMetrics(redis::Client& coordination) : coordination_(coordination) {
  const auto add = [this](metrics::Metric& metric, metrics::LabelValues labels, auto value) {
    readings_.push_back(
        std::make_unique<metrics::Reading>(metric, std::move(labels), [this, value] { return value(Read()); }));
  };
  for (std::size_t p = 0; p < queue::kPriorities.size(); ++p) {
    const char* name = queue::PriorityName(queue::kPriorities[p]);
    add(metrics::kQueueShards, {name},
        [p](const queue::Waiting& waiting) { return static_cast<double>(waiting.backlogs[p].shards); });
    add(metrics::kQueueSeconds, {name}, [p](const queue::Waiting& waiting) { return waiting.backlogs[p].seconds; });
    add(metrics::kQueueOldest, {name}, [p](const queue::Waiting& waiting) { return waiting.backlogs[p].age_seconds; });
  }
  add(metrics::kQueueSolvers, {}, [](const queue::Waiting& waiting) { return static_cast<double>(waiting.solvers); });
}

queue::Waiting QueueMetrics::Read() {
  const std::scoped_lock lock(mutex_);
  const auto now = std::chrono::steady_clock::now();
  if (now >= read_again_at_) {
    read_again_at_ = now + std::chrono::seconds(1);
    if (const auto read = queue::ReadWaiting(coordination_, SolverChannel())) waiting_ = *read;
  }
  return waiting_;
}

}  // namespace farrell::dea
