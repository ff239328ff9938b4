#include "common/observe/process_metrics.h"

#include "common/observe/catalogue.h"
#include "common/observe/process_stats.h"

namespace farrell {

ProcessMetrics::ProcessMetrics(const std::string& program, const std::string& version, const std::string& algo_rev,
                               const std::string& num_abi) {
  using metrics::LabelValues;
  const auto read = [this](metrics::Metric& metric, auto ProcessStats::*field) {
    readings_.emplace_back(metric, LabelValues(), [field] { return static_cast<double>(ReadProcessStats().*field); });
  };
  readings_.emplace_back(metrics::kBuildInfo, LabelValues{program, version, algo_rev, num_abi}, [] { return 1.0; });
  readings_.emplace_back(metrics::kProcessMemory, LabelValues(), [] { return static_cast<double>(ResidentBytes()); });
  read(metrics::kProcessCpu, &ProcessStats::cpu_seconds);
  read(metrics::kProcessStart, &ProcessStats::start_time_unix_seconds);
  read(metrics::kProcessThreads, &ProcessStats::thread_count);
  read(metrics::kProcessOpenFiles, &ProcessStats::open_files);
  read(metrics::kProcessMaxFiles, &ProcessStats::max_open_files);
}

}  // namespace farrell
