#include "common/notation/regression_notation.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/notation/choices.h"

namespace farrell::notation {
namespace {

using internal::Choice;
using internal::Lower;
using internal::Trim;
using regression::v1::CompareRequest;
using regression::v1::Estimator;
using regression::v1::EstimatorOptions;
using regression::v1::Inference;

constexpr std::string_view kReason = "INFERENCE_INVALID";

constexpr std::array kTypes = {
    Choice<Inference::Type>{"iid", Inference::TYPE_IID},
    Choice<Inference::Type>{"hc0", Inference::TYPE_HC0},
    Choice<Inference::Type>{"hc1", Inference::TYPE_HC1},
    Choice<Inference::Type>{"hc2", Inference::TYPE_HC2},
    Choice<Inference::Type>{"hc3", Inference::TYPE_HC3},
    Choice<Inference::Type>{"hc4", Inference::TYPE_HC4},
    Choice<Inference::Type>{"cr0", Inference::TYPE_CR0},
    Choice<Inference::Type>{"cr1", Inference::TYPE_CR1},
    Choice<Inference::Type>{"cr2", Inference::TYPE_CR2},
    Choice<Inference::Type>{"cr3", Inference::TYPE_CR3},
    Choice<Inference::Type>{"twoway", Inference::TYPE_CR1},
    Choice<Inference::Type>{"dk", Inference::TYPE_DRISCOLL_KRAAY},
    Choice<Inference::Type>{"nw", Inference::TYPE_NEWEY_WEST},
    Choice<Inference::Type>{"pcse", Inference::TYPE_PCSE},
    Choice<Inference::Type>{"wild", Inference::TYPE_WILD},
    Choice<Inference::Type>{"permutation", Inference::TYPE_PERMUTATION},
    Choice<Inference::Type>{"permutation-raw", Inference::TYPE_PERMUTATION_RAW},
};
constexpr std::string_view kInferenceForms =
    "iid, hc0..hc4, cr0:COLUMN..cr3:COLUMN, twoway:COLUMN,COLUMN, dk[:LAG], nw[:LAG], pcse, wild:COLUMN[:DRAWS]";

constexpr std::array kEstimators = {
    Choice<Estimator>{"ols", regression::v1::ESTIMATOR_OLS},
    Choice<Estimator>{"within", regression::v1::ESTIMATOR_WITHIN},
    Choice<Estimator>{"between", regression::v1::ESTIMATOR_BETWEEN},
    Choice<Estimator>{"fd", regression::v1::ESTIMATOR_FIRST_DIFFERENCE},
    Choice<Estimator>{"re", regression::v1::ESTIMATOR_RANDOM_EFFECTS},
    Choice<Estimator>{"cre", regression::v1::ESTIMATOR_CORRELATED_RANDOM_EFFECTS},
    Choice<Estimator>{"2sls", regression::v1::ESTIMATOR_TWO_STAGE_LEAST_SQUARES},
    Choice<Estimator>{"liml", regression::v1::ESTIMATOR_LIML},
    Choice<Estimator>{"tobit", regression::v1::ESTIMATOR_TOBIT},
    Choice<Estimator>{"truncated", regression::v1::ESTIMATOR_TRUNCATED},
    Choice<Estimator>{"fractional", regression::v1::ESTIMATOR_FRACTIONAL},
    Choice<Estimator>{"ppml", regression::v1::ESTIMATOR_POISSON},
};
constexpr std::array kRandomEffects = {
    Choice<EstimatorOptions::RandomEffects>{"swar", EstimatorOptions::RANDOM_EFFECTS_SWAMY_ARORA},
    Choice<EstimatorOptions::RandomEffects>{"walhus", EstimatorOptions::RANDOM_EFFECTS_WALLACE_HUSSAIN},
    Choice<EstimatorOptions::RandomEffects>{"amemiya", EstimatorOptions::RANDOM_EFFECTS_AMEMIYA},
    Choice<EstimatorOptions::RandomEffects>{"nerlove", EstimatorOptions::RANDOM_EFFECTS_NERLOVE},
    Choice<EstimatorOptions::RandomEffects>{"baltagi-chang", EstimatorOptions::RANDOM_EFFECTS_BALTAGI_CHANG},
};
constexpr std::array kLinks = {
    Choice<EstimatorOptions::Link>{"logit", EstimatorOptions::LINK_LOGIT},
    Choice<EstimatorOptions::Link>{"probit", EstimatorOptions::LINK_PROBIT},
};
constexpr std::array kInteracts = {
    Choice<CompareRequest::Interact>{"everything", CompareRequest::INTERACT_EVERYTHING},
    Choice<CompareRequest::Interact>{"x-only", CompareRequest::INTERACT_X_ONLY},
};
constexpr std::array kWeights = {
    Choice<Inference::Weights>{"rademacher", Inference::WEIGHTS_RADEMACHER},
    Choice<Inference::Weights>{"webb", Inference::WEIGHTS_WEBB},
};
// As the service knows them, and shorter names that it takes for some.
constexpr std::array<std::string_view, 22> kSscNames = {"fixest",
                                                        "xtreg_fe",
                                                        "xtreg_re",
                                                        "reghdfe",
                                                        "areg",
                                                        "stata_regress",
                                                        "xtscc",
                                                        "xtscc_ase",
                                                        "ivreg2_large",
                                                        "plm_hc0",
                                                        "plm_hc1",
                                                        "plm_sss",
                                                        "linearmodels",
                                                        "linearmodels_group_debias",
                                                        "lfe",
                                                        "sandwich",
                                                        "sandwich_multi0",
                                                        "fixest_full",
                                                        "fixest_none",
                                                        "fixest_legacy",
                                                        "none",
                                                        "clubsandwich"};
constexpr std::array<std::string_view, 6> kShortSscNames = {"plm", "xtreg", "regress", "newey", "lsdv", "sandwich_cl"};

bool IsClustered(Inference::Type type) {
  return type == Inference::TYPE_CR0 || type == Inference::TYPE_CR1 || type == Inference::TYPE_CR2 ||
         type == Inference::TYPE_CR3 || type == Inference::TYPE_WILD || type == Inference::TYPE_PERMUTATION ||
         type == Inference::TYPE_PERMUTATION_RAW;
}
bool HasLag(Inference::Type type) {
  return type == Inference::TYPE_DRISCOLL_KRAAY || type == Inference::TYPE_NEWEY_WEST;
}

Status Invalid(std::string_view text, std::string_view problem) {
  return InvalidArgument(std::string(kReason), "inference '" + std::string(text) + "' " + std::string(problem));
}

// A count after the last colon: draws or a lag.
std::optional<std::int32_t> Count(std::string_view text) {
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// "U,T" into the first and the further clusters.
Status SetClusters(std::string_view text, std::string_view columns, bool several, Inference& inference) {
  std::vector<std::string> names;
  while (true) {
    const std::size_t comma = columns.find(',');
    names.emplace_back(Trim(columns.substr(0, comma)));
    if (names.back().empty()) return Invalid(text, "lacks the cluster column: it is missing after ':' or ','");
    if (comma == std::string_view::npos) break;
    columns = columns.substr(comma + 1);
  }
  if (names.size() > 1 && inference.type() != Inference::TYPE_CR0 && inference.type() != Inference::TYPE_CR1) {
    return Invalid(text, "names several clusters: multi-way clustering is for cr0 and cr1");
  }
  if (several && names.size() < 2) return Invalid(text, "names one cluster: write twoway:COLUMN,COLUMN");
  inference.set_cluster(names.front());
  for (std::size_t k = 1; k < names.size(); ++k) inference.add_further_clusters(names[k]);
  return {};
}

// What stands after the type and its colon.
Status SetDetails(std::string_view text, std::string_view details, bool several, Inference& inference) {
  if (HasLag(inference.type())) {
    const std::optional<std::int32_t> lag = Count(Trim(details));
    if (!lag) return Invalid(text, "has a lag that is not a whole number from 0: write dk:2 or nw:2");
    inference.set_lag(*lag);
    return {};
  }
  if (!IsClustered(inference.type())) {
    return Invalid(text, "names a cluster, but " + internal::Name(inference.type(), kTypes) +
                             " has none: write cr1:COLUMN, cr3:COLUMN or wild:COLUMN");
  }
  if (UsesDraws(inference.type())) {
    const std::size_t colon = details.rfind(':');
    if (colon != std::string_view::npos) {
      const std::optional<std::int32_t> draws = Count(Trim(details.substr(colon + 1)));
      if (!draws) return Invalid(text, "has a number of draws that is not a whole number: write wild:COLUMN:9999");
      inference.set_draws(*draws);
      details = details.substr(0, colon);
    }
  }
  return SetClusters(text, details, several, inference);
}

}  // namespace

bool UsesDraws(Inference::Type type) {
  return type == Inference::TYPE_WILD || type == Inference::TYPE_PERMUTATION || type == Inference::TYPE_PERMUTATION_RAW;
}

Result<Inference> ParseInference(std::string_view text, std::string_view ssc) {
  Inference inference;
  FARRELL_ASSIGN_OR_RETURN(*inference.mutable_ssc(), ParseSsc(ssc));
  const std::string_view trimmed = Trim(text);
  if (trimmed.empty()) return inference;

  const std::size_t colon = trimmed.find(':');
  const std::string_view name = trimmed.substr(0, colon);
  const Result<Inference::Type> type = internal::Choose(name, kTypes, kReason, "inference");
  if (!type.ok()) {
    return InvalidArgument(std::string(kReason), "unknown inference '" + std::string(text) + "': choose one of " +
                                                     std::string(kInferenceForms));
  }
  inference.set_type(*type);
  const bool several = Lower(Trim(name)) == "twoway";
  if (colon != std::string_view::npos) {
    FARRELL_RETURN_IF_ERROR(SetDetails(text, trimmed.substr(colon + 1), several, inference));
  } else if (several) {
    return Invalid(text, "names no clusters: write twoway:COLUMN,COLUMN");
  }
  return inference;
}

std::string FormatInference(const Inference& inference) {
  std::string text = internal::Name(inference.type(), kTypes);
  if (inference.has_lag()) text += ":" + std::to_string(inference.lag());
  if (!inference.cluster().empty()) text += ":" + inference.cluster();
  for (const std::string& cluster : inference.further_clusters()) text += "," + cluster;
  if (inference.draws() > 0) text += ":" + std::to_string(inference.draws());
  return text;
}

Result<std::string> ParseSsc(std::string_view text) {
  const std::string wanted = Lower(Trim(text));
  if (wanted.empty()) return std::string(kSscNames.front());
  if (wanted == "all") return wanted;
  std::string names;
  for (const std::string_view name : kSscNames) {
    if (name == wanted) return std::string(name);
    names += (names.empty() ? "" : ", ") + std::string(name);
  }
  if (std::find(kShortSscNames.begin(), kShortSscNames.end(), wanted) != kShortSscNames.end()) return wanted;
  return InvalidArgument(std::string(kReason),
                         "unknown small-sample correction '" + std::string(text) + "': choose one of " + names);
}
std::span<const std::string_view> SscNames() { return kSscNames; }

Result<EstimatorChoice> ParseEstimator(std::string_view text) {
  EstimatorChoice choice;
  const std::string_view trimmed = Trim(text);
  if (trimmed.empty()) return choice;
  const std::size_t colon = trimmed.find(':');
  FARRELL_ASSIGN_OR_RETURN(choice.estimator,
                           internal::Choose(trimmed.substr(0, colon), kEstimators, kReason, "estimator"));
  if (colon == std::string_view::npos) return choice;
  const std::string_view option = trimmed.substr(colon + 1);
  switch (choice.estimator) {
    case regression::v1::ESTIMATOR_RANDOM_EFFECTS:
    case regression::v1::ESTIMATOR_CORRELATED_RANDOM_EFFECTS: {
      FARRELL_ASSIGN_OR_RETURN(const auto method,
                               internal::Choose(option, kRandomEffects, kReason, "variance components"));
      choice.options.set_random_effects(method);
      return choice;
    }
    case regression::v1::ESTIMATOR_FRACTIONAL: {
      FARRELL_ASSIGN_OR_RETURN(const auto link, internal::Choose(option, kLinks, kReason, "link"));
      choice.options.set_link(link);
      return choice;
    }
    case regression::v1::ESTIMATOR_TOBIT: {
      if (Lower(Trim(option)) == "re") {
        choice.options.set_unit_effects(true);
        return choice;
      }
      break;
    }
    default: break;
  }
  return InvalidArgument(std::string(kReason), "the estimator '" + std::string(text) + "' has an option it does not " +
                                                   "take: choose from " + EstimatorNames());
}

std::string FormatEstimator(const EstimatorChoice& choice) {
  std::string text = internal::Name(choice.estimator, kEstimators);
  if (choice.options.random_effects() != 0)
    text += ":" + internal::Name(choice.options.random_effects(), kRandomEffects);
  if (choice.options.link() != 0) text += ":" + internal::Name(choice.options.link(), kLinks);
  if (choice.options.unit_effects()) text += ":re";
  return text;
}

std::string EstimatorNames() {
  return "ols, within, between, fd, re[:swar|walhus|amemiya|nerlove|baltagi-chang], cre[:...], 2sls, liml, tobit[:re], "
         "truncated, "
         "fractional[:logit|probit], ppml";
}

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
