// Standard errors by name, and what is reported about them.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/environment.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/tests.h"

namespace farrell::regression {

enum class InferenceType {
  kDefault,
  kIid,
  kHc0,
  kHc1,
  kHc2,
  kHc3,
  kHc4,
  kCr0,
  kCr1,
  kCr2,
  kCr3,
  kWild,
  kDriscollKraay,
  kNeweyWest,
  kPcse,
  // Comparisons only.
  kPermutation,
  kPermutationRaw
};
enum class BootstrapWeights { kDefault, kRademacher, kWebb };

// One kind of standard error asked for.
struct InferenceSpec {
  InferenceType type = InferenceType::kDefault;
  // Cluster column for cr0..cr3, wild, permutation. Must not be empty there once resolved.
  std::string cluster;
  // Further columns of multi-way clustering (cr0, cr1).
  std::vector<std::string> further_clusters;
  // A preset of ssc.h. One that has no such variance gives way to fixest, which the result then names.
  std::string ssc = "fixest";
  // Bartlett lag of Driscoll-Kraay and Newey-West, not negative; unset: the preset's rule for T periods, floor(T^(1/4))
  // or floor(4 (T/100)^(2/9)).
  std::optional<int> lag;
  std::int64_t draws = 9999;
  BootstrapWeights weights = BootstrapWeights::kDefault;
  std::int64_t seed = 0;
  // Variant of the wild bootstrap: 11, 13, 31, 33; see wild_bootstrap.h.
  int variant = 11;
  bool unrestricted = false;
};

inline bool IsClustered(InferenceType type) {
  return type == InferenceType::kCr0 || type == InferenceType::kCr1 || type == InferenceType::kCr2 ||
         type == InferenceType::kCr3 || type == InferenceType::kWild || type == InferenceType::kPermutation ||
         type == InferenceType::kPermutationRaw;
}

// Random draws were used, so that the seed belongs to the result.
inline bool UsesDraws(InferenceType type) {
  return type == InferenceType::kWild || type == InferenceType::kPermutation || type == InferenceType::kPermutationRaw;
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
  std::vector<std::string> further_clusters;
  std::vector<std::int64_t> further_cluster_counts;
  std::optional<int> lag;
  // The preset used, or what stands in its place: "none", "jackknife" ((G-1)/G).
  std::string ssc;
  // With several ways of clustering that each bring their own G/(G-1): the rest of the factor.
  double ssc_value = 1.0;
  std::int64_t ssc_k = 0;
  // One a column of the design, empty for collinear ones.
  std::vector<TermInference> terms;
  // Over the columns estimated; of size zero when not defined.
  Eigen::MatrixXd vcov;
  // The same in the coordinates of Q: vcov = R^-1 meat R^-T.
  Eigen::MatrixXd meat;
  // Degrees of freedom of t; 0: not defined; infinity: normal. With CR2 every term has its own.
  double df = 0.0;
  // Negative eigenvalues of a multi-way variance were set to zero.
  bool eigenvalues_truncated = false;
  // Joint tests of restrictions * b = values (q x K, on the coefficients estimated) are HTZ (CR2), not F(q, df). Unset:
  // F.
  std::function<std::optional<JointTest>(const Eigen::MatrixXd& restrictions, const Eigen::VectorXd& values)>
      joint_test;
  std::int64_t draws = 0;
  BootstrapWeights weights = BootstrapWeights::kDefault;
  bool enumerated = false;
  int variant = 11;
  bool unrestricted = false;
  std::int64_t seed = 0;
};

// Computes one inference. `spec` is resolved: no default type, a cluster where the type needs one, which stands in
// fitted.design.classifications (further ones too); Driscoll-Kraay, Newey-West and PCSE need the design's panel keys.
// Not defined (one cluster, no degrees of freedom): terms are empty and a warning says why.
// Large-sample fits have a normal distribution, whatever the preset; CR2 keeps its degrees of freedom.
// INVALID_ARGUMENT INFERENCE_INVALID: HC2-HC4, CR2, CR3 and wild on anything but least squares, PCSE on likelihoods or
// an unbalanced panel, a lag below zero, no time, types for comparisons. FAILED_PRECONDITION TOO_MANY_LEVELS.
// CANCELLED.
Result<InferenceResult> ComputeInference(const Fitted& fitted, const InferenceSpec& spec, double confidence_level,
                                         const Environment& environment, std::vector<Warning>& warnings);

// The same under every preset that has a meaning for the type (one result where there is one way only), in the order of
// SscPresets, from one computation of the scores. `spec.ssc` is not read.
Result<std::vector<InferenceResult>> ComputeUnderAllPresets(const Fitted& fitted, const InferenceSpec& spec,
                                                            double confidence_level, const Environment& environment,
                                                            std::vector<Warning>& warnings);

// "iid", "HC1", "CR3 by province", "CR1 by province and year", "Driscoll-Kraay, lag 2".
std::string InferenceLabel(const InferenceSpec& spec);

}  // namespace farrell::regression
