#include "common/notation/regression_notation.h"

#include <algorithm>
#include <array>

#include "common/notation/choices.h"

namespace farrell::notation {
namespace {

using internal::Choice;
using internal::Lower;
using internal::Trim;
using regression::v1::CompareRequest;
using regression::v1::Estimator;
using regression::v1::Inference;

constexpr std::string_view kReason = "INFERENCE_INVALID";

constexpr std::array kTypes = {
    Choice<Inference::Type>{"iid", Inference::TYPE_IID}, Choice<Inference::Type>{"hc1", Inference::TYPE_HC1},
    Choice<Inference::Type>{"hc3", Inference::TYPE_HC3}, Choice<Inference::Type>{"cr1", Inference::TYPE_CR1},
    Choice<Inference::Type>{"cr3", Inference::TYPE_CR3}, Choice<Inference::Type>{"wild", Inference::TYPE_WILD},
};
constexpr std::array kEstimators = {
    Choice<Estimator>{"ols", regression::v1::ESTIMATOR_OLS},
    Choice<Estimator>{"within", regression::v1::ESTIMATOR_WITHIN},
};
constexpr std::array kInteracts = {
    Choice<CompareRequest::Interact>{"everything", CompareRequest::INTERACT_EVERYTHING},
    Choice<CompareRequest::Interact>{"x-only", CompareRequest::INTERACT_X_ONLY},
};
constexpr std::array kWeights = {
    Choice<Inference::Weights>{"rademacher", Inference::WEIGHTS_RADEMACHER},
    Choice<Inference::Weights>{"webb", Inference::WEIGHTS_WEBB},
};
constexpr std::array<std::string_view, 13> kSscNames = {
    "fixest",  "fixest_full", "fixest_none", "reghdfe",  "xtreg_fe", "areg",        "stata_regress",
    "plm_hc0", "plm_hc1",     "plm_sss",     "sandwich", "none",     "clubsandwich"};

bool IsClustered(Inference::Type type) {
  return type == Inference::TYPE_CR1 || type == Inference::TYPE_CR3 || type == Inference::TYPE_WILD;
}

}  // namespace

Result<Inference> ParseInference(std::string_view text, std::string_view ssc) {
  Inference inference;
  FARRELL_ASSIGN_OR_RETURN(*inference.mutable_ssc(), ParseSsc(ssc));
  const std::string_view trimmed = Trim(text);
  if (trimmed.empty()) return inference;

  const std::size_t colon = trimmed.find(':');
  const Result<Inference::Type> type = internal::Choose(trimmed.substr(0, colon), kTypes, kReason, "inference");
  if (!type.ok()) {
    return InvalidArgument(std::string(kReason),
                           "unknown inference '" + std::string(text) +
                               "': choose one of iid, hc1, hc3, cr1:COLUMN, cr3:COLUMN, wild:COLUMN");
  }
  inference.set_type(*type);
  if (colon == std::string_view::npos) return inference;

  const std::string_view cluster = Trim(trimmed.substr(colon + 1));
  if (!IsClustered(*type)) {
    return InvalidArgument(std::string(kReason), "inference '" + std::string(text) + "' names a cluster, but " +
                                                     internal::Name(*type, kTypes) +
                                                     " has none: write cr1:COLUMN, cr3:COLUMN or wild:COLUMN");
  }
  if (cluster.empty()) {
    return InvalidArgument(std::string(kReason),
                           "the cluster column after ':' is missing in inference '" + std::string(text) + "'");
  }
  inference.set_cluster(std::string(cluster));
  return inference;
}

std::string FormatInference(const Inference& inference) {
  const std::string type = internal::Name(inference.type(), kTypes);
  return inference.cluster().empty() ? type : type + ":" + inference.cluster();
}

Result<std::string> ParseSsc(std::string_view text) {
  const std::string wanted = Lower(Trim(text));
  if (wanted.empty()) return std::string(kSscNames.front());
  std::string names;
  for (const std::string_view name : kSscNames) {
    if (name == wanted) return std::string(name);
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  return InvalidArgument(std::string(kReason),
                         "unknown small-sample correction '" + std::string(text) + "': choose one of " + names);
}
std::span<const std::string_view> SscNames() { return kSscNames; }

Result<Estimator> ParseEstimator(std::string_view text) {
  if (Trim(text).empty()) return regression::v1::ESTIMATOR_UNSPECIFIED;
  return internal::Choose(text, kEstimators, kReason, "estimator");
}
std::string FormatEstimator(Estimator estimator) { return internal::Name(estimator, kEstimators); }

Result<CompareRequest::Interact> ParseInteract(std::string_view text) {
  if (Trim(text).empty()) return CompareRequest::INTERACT_EVERYTHING;
  return internal::Choose(text, kInteracts, kReason, "way of interacting");
}
std::string FormatInteract(CompareRequest::Interact interact) {
  return internal::Name(
      interact == CompareRequest::INTERACT_UNSPECIFIED ? CompareRequest::INTERACT_EVERYTHING : interact, kInteracts);
}

Result<Inference::Weights> ParseWeights(std::string_view text) {
  if (Trim(text).empty()) return Inference::WEIGHTS_UNSPECIFIED;
  return internal::Choose(text, kWeights, kReason, "bootstrap weights");
}
std::string FormatWeights(Inference::Weights weights) { return internal::Name(weights, kWeights); }

}  // namespace farrell::notation
