// The flags that say how standard errors are computed, shared by `regress` and `compare`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/regression/v1/regression.pb.h"

namespace CLI {
class App;
}

namespace farrell::cli {

struct InferenceFlags {
  std::vector<std::string> vcov;  // --vcov, the first is primary
  std::string ssc;                // --ssc
  int draws = 0;                  // --draws of the bootstrap; 0: the service's default
  std::string weights;  // --weights: of the bootstrap when it names one of its laws, else a column of row weights
  std::string bootstrap_weights;  // --bootstrap-weights
  std::string variant;            // --variant of the wild bootstrap
  bool unrestricted = false;      // --unrestricted
  std::int64_t seed = 0;          // --seed of the bootstrap
  double level = 0.0;             // --level of intervals; 0: the service's default
};

void AddInferenceFlags(CLI::App* verb, InferenceFlags& flags);

// The column of row weights, or empty.
std::string RowWeights(const InferenceFlags& flags);

// One entry a --vcov; none when there is none, so that the service chooses and says so, except that --ssc alone is
// kept.
Result<std::vector<regression::v1::Inference>> InferencesOf(const InferenceFlags& flags);

}  // namespace farrell::cli
