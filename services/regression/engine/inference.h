// Standard errors by name, and what is reported about them.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/fitted.h"

namespace farrell::regression {

enum class InferenceType { kDefault, kIid, kHc1, kHc3, kCr1, kCr3, kWild };
enum class BootstrapWeights { kDefault, kRademacher, kWebb };

// One kind of standard error asked for.
struct InferenceSpec {
  InferenceType type = InferenceType::kDefault;
  // Cluster column for cr1, cr3, wild. Must not be empty there once resolved.
  std::string cluster;
  std::string ssc = "fixest";
  std::int64_t draws = 9999;
  BootstrapWeights weights = BootstrapWeights::kDefault;
  std::int64_t seed = 0;
};

inline bool IsClustered(InferenceType type) {
  return type == InferenceType::kCr1 || type == InferenceType::kCr3 || type == InferenceType::kWild;
}

// Estimates for one term; unset where not defined.
struct TermInference {
  std::optional<double> std_error;
  std::optional<double> statistic;
  std::optional<double> p_value;
  std::optional<double> conf_low;
  std::optional<double> conf_high;
  std::optional<double> df;
  std::optional<std::int64_t> greater_count;
  std::optional<std::int64_t> greater_or_equal_count;
};

struct InferenceResult {
  InferenceType type = InferenceType::kDefault;
  // "CR3 by province", "HC1", "iid".
  std::string label;
  std::string cluster;
  std::int64_t cluster_count = 0;
  std::string ssc;
  double ssc_value = 1.0;
  std::int64_t ssc_k = 0;
  // One a column of the design, empty for collinear ones.
  std::vector<TermInference> terms;
  // Over the columns estimated; of size zero when not defined.
  Eigen::MatrixXd vcov;
  // The same in the coordinates of Q: vcov = R^-1 meat R^-T.
  Eigen::MatrixXd meat;
  // Degrees of freedom of t; 0: not defined.
  double df = 0.0;
  std::int64_t draws = 0;
  BootstrapWeights weights = BootstrapWeights::kDefault;
  bool enumerated = false;
};

struct Warning {
  std::string code;
  std::string text;
};

// Runs body(begin, end) over [0, count) in pieces, perhaps at the same time; every piece is run exactly once.
using ParallelFor =
    std::function<void(std::int64_t count, const std::function<void(std::int64_t begin, std::int64_t end)>& body)>;

// What an engine call may use of the world around it.
struct Environment {
  std::stop_token stop;
  // Work items done and in all.
  std::function<void(std::int64_t done, std::int64_t total)> progress;
  // Unset: in the calling thread.
  ParallelFor parallel;
};

// Computes one inference. `spec` is resolved: no default type, a cluster where the type needs one, which stands in
// fitted.design.classifications. Not defined (one cluster, no degrees of freedom): terms are empty and a warning says
// why.
Result<InferenceResult> ComputeInference(const Fitted& fitted, const InferenceSpec& spec, double confidence_level,
                                         const Environment& environment, std::vector<Warning>& warnings);

// "iid", "HC1", "CR3 by province".
std::string InferenceLabel(InferenceType type, const std::string& cluster);

}  // namespace farrell::regression
