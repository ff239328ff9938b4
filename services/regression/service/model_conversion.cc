#include "services/regression/service/model_conversion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "services/regression/engine/resolve_inference.h"
#include "services/regression/engine/ssc.h"

namespace farrell::regression {
namespace {

// Both directions of one correspondence; the first entry is what unknown values become.
template <typename Left, typename Right, std::size_t count>
using Pairs = std::array<std::pair<Left, Right>, count>;

template <typename Left, typename Right, std::size_t count>
Right Forward(const Pairs<Left, Right, count>& pairs, Left left) {
  for (const auto& [from, to] : pairs) {
    if (from == left) return to;
  }
  return pairs.front().second;
}

template <typename Left, typename Right, std::size_t count>
Left Backward(const Pairs<Left, Right, count>& pairs, Right right) {
  for (const auto& [from, to] : pairs) {
    if (to == right) return from;
  }
  return pairs.front().first;
}

constexpr Pairs<InferenceType, v1::Inference::Type, 17> kTypes{{
    {InferenceType::kDefault, v1::Inference::TYPE_UNSPECIFIED},
    {InferenceType::kIid, v1::Inference::TYPE_IID},
    {InferenceType::kHc0, v1::Inference::TYPE_HC0},
    {InferenceType::kHc1, v1::Inference::TYPE_HC1},
    {InferenceType::kHc2, v1::Inference::TYPE_HC2},
    {InferenceType::kHc3, v1::Inference::TYPE_HC3},
    {InferenceType::kHc4, v1::Inference::TYPE_HC4},
    {InferenceType::kCr0, v1::Inference::TYPE_CR0},
    {InferenceType::kCr1, v1::Inference::TYPE_CR1},
    {InferenceType::kCr2, v1::Inference::TYPE_CR2},
    {InferenceType::kCr3, v1::Inference::TYPE_CR3},
    {InferenceType::kWild, v1::Inference::TYPE_WILD},
    {InferenceType::kDriscollKraay, v1::Inference::TYPE_DRISCOLL_KRAAY},
    {InferenceType::kNeweyWest, v1::Inference::TYPE_NEWEY_WEST},
    {InferenceType::kPcse, v1::Inference::TYPE_PCSE},
    {InferenceType::kPermutation, v1::Inference::TYPE_PERMUTATION},
    {InferenceType::kPermutationRaw, v1::Inference::TYPE_PERMUTATION_RAW},
}};

constexpr Pairs<Estimator, v1::Estimator, 13> kEstimators{{
    {Estimator::kDefault, v1::ESTIMATOR_UNSPECIFIED},
    {Estimator::kOls, v1::ESTIMATOR_OLS},
    {Estimator::kWithin, v1::ESTIMATOR_WITHIN},
    {Estimator::kBetween, v1::ESTIMATOR_BETWEEN},
    {Estimator::kFirstDifference, v1::ESTIMATOR_FIRST_DIFFERENCE},
    {Estimator::kRandomEffects, v1::ESTIMATOR_RANDOM_EFFECTS},
    {Estimator::kCorrelatedRandomEffects, v1::ESTIMATOR_CORRELATED_RANDOM_EFFECTS},
    {Estimator::kTwoStageLeastSquares, v1::ESTIMATOR_TWO_STAGE_LEAST_SQUARES},
    {Estimator::kLiml, v1::ESTIMATOR_LIML},
    {Estimator::kTobit, v1::ESTIMATOR_TOBIT},
    {Estimator::kTruncated, v1::ESTIMATOR_TRUNCATED},
    {Estimator::kFractional, v1::ESTIMATOR_FRACTIONAL},
    {Estimator::kPoisson, v1::ESTIMATOR_POISSON},
}};

constexpr Pairs<RandomEffectsMethod, v1::EstimatorOptions::RandomEffects, 5> kRandomEffects{{
    {RandomEffectsMethod::kSwamyArora, v1::EstimatorOptions::RANDOM_EFFECTS_SWAMY_ARORA},
    {RandomEffectsMethod::kWallaceHussain, v1::EstimatorOptions::RANDOM_EFFECTS_WALLACE_HUSSAIN},
    {RandomEffectsMethod::kAmemiya, v1::EstimatorOptions::RANDOM_EFFECTS_AMEMIYA},
    {RandomEffectsMethod::kNerlove, v1::EstimatorOptions::RANDOM_EFFECTS_NERLOVE},
    {RandomEffectsMethod::kBaltagiChang, v1::EstimatorOptions::RANDOM_EFFECTS_BALTAGI_CHANG},
}};

BootstrapWeights WeightsFromProto(v1::Inference::Weights weights) {
  if (weights == v1::Inference::WEIGHTS_RADEMACHER) return BootstrapWeights::kRademacher;
  if (weights == v1::Inference::WEIGHTS_WEBB) return BootstrapWeights::kWebb;
  return BootstrapWeights::kDefault;
}

int VariantFromProto(const std::string& text, const std::string& field, RequestErrors& errors) {
  for (const int variant : {11, 13, 31, 33}) {
    if (text.empty() || text == std::to_string(variant)) return variant;
  }
  errors.Add(field, "'" + text + "' is not a variant; they are 11, 13, 31, 33");
  return 11;
}

// Options that the estimator does not use must be unset, so that none is believed to have had an effect.
void RefuseUnused(const v1::EstimatorOptions& options, Estimator kind, RequestErrors& errors) {
  const bool random = kind == Estimator::kRandomEffects || kind == Estimator::kCorrelatedRandomEffects;
  const bool bounded = kind == Estimator::kTobit || kind == Estimator::kTruncated;
  const auto refuse = [&](bool set, const char* field, const char* who) {
    if (set) errors.Add(std::string("options.") + field, std::string(field) + " is for " + who + " only");
  };
  refuse(options.random_effects() != 0 && !random, "random_effects", "random effects");
  refuse(options.has_lower() && !bounded, "lower", "tobit and truncated");
  refuse(options.has_upper() && !bounded, "upper", "tobit and truncated");
  refuse(options.link() != 0 && kind != Estimator::kFractional, "link", "fractional");
  refuse(options.mundlak() && !bounded && kind != Estimator::kFractional, "mundlak", "tobit, truncated and fractional");
  refuse(options.unit_effects() && kind != Estimator::kTobit, "unit_effects", "tobit");
  refuse(options.quadrature_points() != 0 && !options.unit_effects(), "quadrature_points", "tobit with unit effects");
}

}  // namespace

void CheckTable(const common::v1::TableSpec& table, RequestErrors& errors) {
  if (table.snapshot_digest().empty()) errors.Add("table.snapshot_digest", "name a snapshot by its digest");
}

Formula FormulaFromProto(const std::string& text, RequestErrors& errors) {
  Result<Formula> formula = ParseFormula(text);
  if (formula.ok()) return std::move(formula).value();
  errors.AddFormula(formula.status());
  return {};
}

InferenceSpec InferenceFromProto(const v1::Inference& message, const std::string& field, RequestErrors& errors) {
  InferenceSpec spec;
  if (!v1::Inference::Type_IsValid(message.type())) errors.Add(field + ".type", "unknown type of standard error");
  if (!v1::Inference::Weights_IsValid(message.weights())) errors.Add(field + ".weights", "unknown bootstrap weights");
  spec.type = Backward(kTypes, message.type());
  spec.cluster = message.cluster();
  spec.further_clusters.assign(message.further_clusters().begin(), message.further_clusters().end());
  if (!spec.further_clusters.empty() && spec.type != InferenceType::kCr0 && spec.type != InferenceType::kCr1) {
    errors.Add(field + ".further_clusters", "multi-way clustering is for cr0 and cr1");
  }
  if (!spec.further_clusters.empty() && spec.cluster.empty()) {
    errors.Add(field + ".cluster", "name the first cluster column beside the further ones");
  }
  spec.ssc = message.ssc().empty() ? kDefaultSsc : message.ssc();
  if (!IsSscPreset(spec.ssc) && spec.ssc != kAllPresets) {
    std::string known;
    for (const std::string& preset : SscPresets()) known += preset + ", ";
    errors.Add(field + ".ssc", "'" + spec.ssc + "' is not a small-sample correction; they are " + known + "all");
  }
  spec.draws = message.draws() == 0 ? 9999 : message.draws();
  if (spec.draws < 99 || spec.draws > 999999) errors.Add(field + ".draws", "must lie in [99, 999999]");
  spec.weights = WeightsFromProto(message.weights());
  spec.seed = message.seed();
  if (message.has_lag()) {
    spec.lag = message.lag();
    if (message.lag() < 0) errors.Add(field + ".lag", "must not be negative");
    if (spec.type != InferenceType::kDriscollKraay && spec.type != InferenceType::kNeweyWest) {
      errors.Add(field + ".lag", "is for dk and nw only");
    }
  }
  spec.variant = VariantFromProto(message.variant(), field + ".variant", errors);
  spec.unrestricted = message.unrestricted();
  return spec;
}

EstimatorSpec EstimatorFromProto(v1::Estimator estimator, const v1::EstimatorOptions& options, RequestErrors& errors) {
  EstimatorSpec spec;
  if (!v1::Estimator_IsValid(estimator)) errors.Add("estimator", "unknown estimator");
  spec.kind = Backward(kEstimators, estimator);
  RefuseUnused(options, spec.kind, errors);
  spec.random_effects = Backward(kRandomEffects, options.random_effects());
  if (options.has_lower()) spec.lower = options.lower();
  if (options.has_upper()) spec.upper = options.upper();
  const bool bounded = spec.kind == Estimator::kTobit || spec.kind == Estimator::kTruncated;
  if (bounded && !spec.lower && !spec.upper) spec.lower = 0.0;
  if (spec.lower && spec.upper && !(*spec.lower < *spec.upper)) {
    errors.Add("options.lower", "must be smaller than options.upper");
  }
  spec.link = options.link() == v1::EstimatorOptions::LINK_PROBIT ? Link::kProbit : Link::kLogit;
  spec.mundlak = options.mundlak();
  spec.unit_effects = options.unit_effects();
  if (options.quadrature_points() != 0) spec.quadrature_points = options.quadrature_points();
  if (spec.quadrature_points < 4 || spec.quadrature_points > 64) {
    errors.Add("options.quadrature_points", "must lie in [4, 64]");
  }
  return spec;
}

v1::Inference::Type ToProto(InferenceType type) { return Forward(kTypes, type); }
v1::Estimator ToProto(Estimator estimator) { return Forward(kEstimators, estimator); }

void Set(const EstimatorSpec& spec, v1::EstimatorOptions& message) {
  if (spec.kind == Estimator::kRandomEffects || spec.kind == Estimator::kCorrelatedRandomEffects) {
    message.set_random_effects(Forward(kRandomEffects, spec.random_effects));
  }
  if (spec.lower) message.set_lower(*spec.lower);
  if (spec.upper) message.set_upper(*spec.upper);
  if (spec.kind == Estimator::kFractional) {
    message.set_link(spec.link == Link::kProbit ? v1::EstimatorOptions::LINK_PROBIT : v1::EstimatorOptions::LINK_LOGIT);
  }
  message.set_mundlak(spec.mundlak);
  message.set_unit_effects(spec.unit_effects);
  if (spec.unit_effects) message.set_quadrature_points(spec.quadrature_points);
}

void Set(const TermInference& inference, v1::TermInference& message) {
  if (inference.std_error) message.set_std_error(*inference.std_error);
  if (inference.statistic) message.set_statistic(*inference.statistic);
  if (inference.p_value) message.set_p_value(*inference.p_value);
  if (inference.conf_low) message.set_conf_low(*inference.conf_low);
  if (inference.conf_high) message.set_conf_high(*inference.conf_high);
  if (inference.df && std::isfinite(*inference.df)) message.set_df(*inference.df);
  if (inference.greater_count) message.set_greater_count(*inference.greater_count);
  if (inference.greater_or_equal_count) message.set_greater_or_equal_count(*inference.greater_or_equal_count);
}

void Set(const InferenceResult& inference, v1::InferenceResult& message) {
  message.set_type(ToProto(inference.type));
  message.set_label(inference.label);
  message.set_cluster(inference.cluster);
  message.set_cluster_count(inference.cluster_count);
  message.set_ssc(inference.ssc);
  message.set_ssc_value(inference.ssc_value);
  message.set_ssc_k(inference.ssc_k);
  for (const std::string& cluster : inference.further_clusters) message.add_further_clusters(cluster);
  for (std::int64_t count : inference.further_cluster_counts) message.add_further_cluster_counts(count);
  if (inference.lag) message.set_lag(*inference.lag);
  message.set_distribution(std::isinf(inference.df) ? "normal" : "t");
  message.set_eigenvalues_truncated(inference.eigenvalues_truncated);
  for (const TermInference& term : inference.terms) Set(term, *message.add_terms());
  for (Eigen::Index row = 0; row < inference.vcov.rows(); ++row) {
    for (Eigen::Index column = 0; column < inference.vcov.cols(); ++column)
      message.add_vcov(inference.vcov(row, column));
  }
  if (inference.type != InferenceType::kWild) return;
  message.set_draws(inference.draws);
  if (inference.weights == BootstrapWeights::kRademacher) message.set_weights(v1::Inference::WEIGHTS_RADEMACHER);
  if (inference.weights == BootstrapWeights::kWebb) message.set_weights(v1::Inference::WEIGHTS_WEBB);
  message.set_enumerated(inference.enumerated);
  message.set_variant(std::to_string(inference.variant));
  message.set_unrestricted(inference.unrestricted);
  if (!inference.enumerated) message.set_seed(inference.seed);
}

void Set(const JointTest& test, v1::JointTest& message) {
  message.set_statistic(test.statistic);
  message.set_df1(test.df1);
  message.set_df2(std::isfinite(test.df2) ? test.df2 : 0.0);
  message.set_p_value(test.p_value);
  message.set_distribution(test.distribution);
}

void Set(const std::vector<Warning>& warnings, google::protobuf::RepeatedPtrField<common::v1::Warning>& messages) {
  for (const Warning& warning : warnings) {
    common::v1::Warning& message = *messages.Add();
    message.set_code(warning.code);
    message.set_text(warning.text);
  }
}

void Set(const std::vector<DroppedRows>& dropped, google::protobuf::RepeatedPtrField<v1::DroppedRows>& messages) {
  for (const DroppedRows& rows : dropped) {
    v1::DroppedRows& message = *messages.Add();
    message.set_reason(rows.reason);
    message.set_column(rows.column);
    if (rows.period) message.set_period(*rows.period);
    message.set_count(rows.count);
  }
}

void AddColumn(std::vector<std::string>& columns, const std::string& name) {
  const auto same = [&](const std::string& other) { return WithoutBackQuotes(other) == WithoutBackQuotes(name); };
  if (!name.empty() && std::none_of(columns.begin(), columns.end(), same)) columns.push_back(name);
}

void AddColumns(std::vector<std::string>& columns, const Formula& formula) {
  for (const std::string& name : formula.NumberColumns()) AddColumn(columns, name);
  for (const std::string& name : formula.LabelColumns()) AddColumn(columns, name);
}

}  // namespace farrell::regression
