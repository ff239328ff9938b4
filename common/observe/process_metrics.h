// Metrics of the process and of the program that runs in it, read when somebody looks.
#pragma once

#include <deque>
#include <string>

#include "common/observe/metrics.h"

namespace farrell {

class ProcessMetrics {
 public:
  // `program` as started ("farrell-dea"); `algo_rev` and `num_abi` of what it computes, empty where it computes
  // nothing.
  ProcessMetrics(const std::string& program, const std::string& version, const std::string& algo_rev,
                 const std::string& num_abi);

 private:
  std::deque<metrics::Reading> readings_;
};

}  // namespace farrell
