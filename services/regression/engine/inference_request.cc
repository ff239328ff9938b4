#include "services/regression/engine/inference_request.h"

#include <utility>

namespace farrell::regression {
namespace {

// Subsets of the ways of clustering double with every way.
constexpr std::size_t kMaxWays = 10;

}  // namespace

std::optional<VarianceKind> KindOf(const InferenceSpec& spec) {
  switch (spec.type) {
    case InferenceType::kHc1: return VarianceKind::kHeteroskedastic;
    case InferenceType::kCr1:
    case InferenceType::kWild: return spec.further_clusters.empty() ? VarianceKind::kCluster : VarianceKind::kMultiway;
    case InferenceType::kDriscollKraay: return VarianceKind::kDriscollKraay;
    case InferenceType::kNeweyWest: return VarianceKind::kNeweyWest;
    default: return std::nullopt;
  }
}

Status CheckInference(const Fitted& fitted, const InferenceSpec& spec) {
  const InferenceType type = spec.type;
  const Estimator kind = fitted.estimator.kind;
  const std::string choice = "; with this estimator choose from iid, hc0, hc1, cr0, cr1, dk, nw";
  std::vector<std::string> faults;
  if (type == InferenceType::kPermutation || type == InferenceType::kPermutationRaw) {
    faults.emplace_back("permutations belong to comparisons of groups");
  }
  if (type == InferenceType::kDefault) faults.emplace_back("no type is chosen");
  const bool leaves_rows_out =
      UsesLeverage(type) || type == InferenceType::kCr2 || type == InferenceType::kCr3 || type == InferenceType::kWild;
  if (leaves_rows_out && !IsLeastSquares(kind)) {
    faults.push_back("needs least squares (leverages, deletion)" + choice);
  }
  if (type == InferenceType::kPcse && IsLikelihood(kind)) {
    faults.push_back("needs residuals of a linear model" + choice);
  }
  if (spec.lag && *spec.lag < 0) faults.emplace_back("the lag must not be negative");
  if (IsClustered(type)) {
    std::vector<std::string> ways = {spec.cluster};
    ways.insert(ways.end(), spec.further_clusters.begin(), spec.further_clusters.end());
    for (const std::string& way : ways) {
      if (!fitted.design.classifications.contains(way)) faults.push_back("the rows are not classified by " + way);
    }
    if (ways.size() > 1 && type != InferenceType::kCr0 && type != InferenceType::kCr1) {
      faults.emplace_back("takes one cluster column; several ways are for cr0 and cr1");
    }
    if (ways.size() > kMaxWays) faults.push_back("at most " + std::to_string(kMaxWays) + " ways of clustering");
  }
  if (faults.empty()) return Status::Ok();
  const std::string label = InferenceLabel(spec);
  Violations violations;
  std::string message = label;
  for (const std::string& fault : faults) {
    message += (message == label ? ": " : "; ") + fault;
    violations.Add("inferences", label + ": " + fault);
  }
  return std::move(violations).Finish("INFERENCE_INVALID", message);
}

const Preset& PresetFor(const Fitted& fitted, const std::string& name) {
  const bool random = fitted.estimator.kind == Estimator::kRandomEffects ||
                      fitted.estimator.kind == Estimator::kCorrelatedRandomEffects;
  const Preset* preset = FindPreset(name, random);
  return preset != nullptr ? *preset : *FindPreset(kDefaultSsc);
}

std::vector<std::string> ApplicablePresets(const Fitted& fitted, const InferenceSpec& spec) {
  return ApplicablePresets(!fitted.within.empty(), spec);
}

std::vector<std::string> ApplicablePresets(bool effects, const InferenceSpec& spec) {
  if (spec.type == InferenceType::kCr3) return {kDefaultSsc, "clubsandwich"};
  if (UsesLeverage(spec.type) && effects) return {kDefaultSsc, "plm_hc0"};
  const std::optional<VarianceKind> kind = KindOf(spec);
  if (!kind || spec.type == InferenceType::kWild) return {kDefaultSsc};
  std::vector<std::string> names;
  for (const std::string& name : SscPresets()) {
    if (FindPreset(name)->For(*kind)) names.push_back(name);
  }
  return names;
}

std::string InferenceLabel(const InferenceSpec& spec) {
  std::string clusters = spec.cluster;
  for (std::size_t k = 0; k < spec.further_clusters.size(); ++k) {
    clusters += (k + 1 == spec.further_clusters.size() ? " and " : ", ") + spec.further_clusters[k];
  }
  const std::string lag = spec.lag ? ", lag " + std::to_string(*spec.lag) : "";
  switch (spec.type) {
    case InferenceType::kDefault: return "default";
    case InferenceType::kIid: return "iid";
    case InferenceType::kHc0: return "HC0";
    case InferenceType::kHc1: return "HC1";
    case InferenceType::kHc2: return "HC2";
    case InferenceType::kHc3: return "HC3";
    case InferenceType::kHc4: return "HC4";
    case InferenceType::kCr0: return "CR0 by " + clusters;
    case InferenceType::kCr1: return "CR1 by " + clusters;
    case InferenceType::kCr2: return "CR2 by " + clusters;
    case InferenceType::kCr3: return "CR3 by " + clusters;
    case InferenceType::kWild:
      return std::string(spec.unrestricted ? "unrestricted " : "") + "wild bootstrap " +
             (spec.variant == 11 ? "" : std::to_string(spec.variant) + " ") + "by " + clusters;
    case InferenceType::kDriscollKraay: return "Driscoll-Kraay" + lag;
    case InferenceType::kNeweyWest: return "Newey-West" + lag;
    case InferenceType::kPcse: return "PCSE";
    case InferenceType::kPermutation: return "permutation of " + clusters + ", studentised";
    case InferenceType::kPermutationRaw: return "permutation of " + clusters + ", raw";
  }
  return "";
}

}  // namespace farrell::regression
