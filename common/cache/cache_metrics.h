// The counts of a result cache for Prometheus.
#pragma once

#include <deque>

#include "common/cache/result_cache.h"
#include "common/observe/metrics.h"

namespace farrell {

// While it lives, metrics read what `cache` counts anyway. `cache` must outlive it.
class CacheMetrics {
 public:
  explicit CacheMetrics(const ResultCache& cache);

 private:
  std::deque<metrics::Reading> readings_;
};

}  // namespace farrell
