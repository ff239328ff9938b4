#include "services/regression/service/convert.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "services/regression/engine/ssc.h"

namespace farrell::regression {
namespace {

// Bad fields of one request; the formula's own come first and give the reason.
class RequestErrors {
 public:
  explicit RequestErrors(std::string prefix) : prefix_(std::move(prefix)) {}

  void Add(const std::string& field, std::string description) {
    violations_.push_back({prefix_ + field, std::move(description)});
  }
  void AddFormula(const Status& status) {
    formula_ = status;
    for (const FieldViolation& violation : status.violations()) Add(violation.field, violation.description);
  }

  Status Finish() && {
    if (violations_.empty()) return Status::Ok();
    if (!formula_.ok()) {
      Status status(Code::kInvalidArgument, formula_.reason(), formula_.message());
      for (const auto& [key, value] : formula_.metadata()) status.With(key, value);
      return std::move(status).WithViolations(std::move(violations_));
    }
    return InvalidArgument("REQUEST_INVALID", "the request is not valid: " + violations_.front().description)
        .WithViolations(std::move(violations_));
  }

 private:
  std::string prefix_;
  Status formula_;
  std::vector<FieldViolation> violations_;
};

InferenceType TypeFromProto(v1::Inference::Type type) {
  switch (type) {
    case v1::Inference::TYPE_IID: return InferenceType::kIid;
    case v1::Inference::TYPE_HC1: return InferenceType::kHc1;
    case v1::Inference::TYPE_HC3: return InferenceType::kHc3;
    case v1::Inference::TYPE_CR1: return InferenceType::kCr1;
    case v1::Inference::TYPE_CR3: return InferenceType::kCr3;
    case v1::Inference::TYPE_WILD: return InferenceType::kWild;
    default: return InferenceType::kDefault;
  }
}

v1::Inference::Type ToProto(InferenceType type) {
  switch (type) {
    case InferenceType::kHc0: return v1::Inference::TYPE_HC0;
    case InferenceType::kHc2: return v1::Inference::TYPE_HC2;
    case InferenceType::kHc4: return v1::Inference::TYPE_HC4;
    case InferenceType::kCr0: return v1::Inference::TYPE_CR0;
    case InferenceType::kCr2: return v1::Inference::TYPE_CR2;
    case InferenceType::kDriscollKraay: return v1::Inference::TYPE_DRISCOLL_KRAAY;
    case InferenceType::kNeweyWest: return v1::Inference::TYPE_NEWEY_WEST;
    case InferenceType::kPcse: return v1::Inference::TYPE_PCSE;
    case InferenceType::kPermutation: return v1::Inference::TYPE_PERMUTATION;
    case InferenceType::kPermutationRaw: return v1::Inference::TYPE_PERMUTATION_RAW;
    case InferenceType::kDefault: return v1::Inference::TYPE_UNSPECIFIED;
    case InferenceType::kIid: return v1::Inference::TYPE_IID;
    case InferenceType::kHc1: return v1::Inference::TYPE_HC1;
    case InferenceType::kHc3: return v1::Inference::TYPE_HC3;
    case InferenceType::kCr1: return v1::Inference::TYPE_CR1;
    case InferenceType::kCr3: return v1::Inference::TYPE_CR3;
    case InferenceType::kWild: return v1::Inference::TYPE_WILD;
  }
  return v1::Inference::TYPE_UNSPECIFIED;
}

BootstrapWeights WeightsFromProto(v1::Inference::Weights weights) {
  if (weights == v1::Inference::WEIGHTS_RADEMACHER) return BootstrapWeights::kRademacher;
  if (weights == v1::Inference::WEIGHTS_WEBB) return BootstrapWeights::kWebb;
  return BootstrapWeights::kDefault;
}

InferenceSpec InferenceFromProto(const v1::Inference& message, const std::string& field, RequestErrors& errors) {
  InferenceSpec spec;
  if (!v1::Inference::Type_IsValid(message.type())) errors.Add(field + ".type", "unknown type of standard error");
  if (!v1::Inference::Weights_IsValid(message.weights())) errors.Add(field + ".weights", "unknown bootstrap weights");
  spec.type = TypeFromProto(message.type());
  spec.cluster = message.cluster();
  spec.ssc = message.ssc().empty() ? kDefaultSsc : message.ssc();
  if (!IsSscPreset(spec.ssc)) {
    std::string known;
    for (const std::string& preset : SscPresets()) known += (known.empty() ? "" : ", ") + preset;
    errors.Add(field + ".ssc", "'" + spec.ssc + "' is not a small-sample correction; they are " + known);
  }
  spec.draws = message.draws() == 0 ? 9999 : message.draws();
  if (spec.draws < 99 || spec.draws > 999999) errors.Add(field + ".draws", "must lie in [99, 999999]");
  spec.weights = WeightsFromProto(message.weights());
  spec.seed = message.seed();
  return spec;
}

// What FitRequest and CompareRequest have in common.
template <typename Request>
FitSpec CommonFromProto(const Request& request, RequestErrors& errors) {
  FitSpec spec;
  if (request.table().snapshot_digest().empty()) errors.Add("table.snapshot_digest", "name a snapshot by its digest");
  auto formula = ParseFormula(request.formula());
  if (formula.ok()) {
    spec.formula = std::move(formula).value();
  } else {
    errors.AddFormula(formula.status());
  }
  switch (request.estimator()) {
    case v1::ESTIMATOR_UNSPECIFIED: spec.estimator.kind = Estimator::kDefault; break;
    case v1::ESTIMATOR_OLS: spec.estimator.kind = Estimator::kOls; break;
    case v1::ESTIMATOR_WITHIN: spec.estimator.kind = Estimator::kWithin; break;
    default: errors.Add("estimator", "unknown estimator");
  }
  for (int k = 0; k < request.inferences_size(); ++k) {
    spec.inferences.push_back(
        InferenceFromProto(request.inferences(k), "inferences[" + std::to_string(k) + "]", errors));
  }
  if (request.has_confidence_level()) spec.confidence_level = request.confidence_level();
  if (!(spec.confidence_level > 0.0 && spec.confidence_level < 1.0))
    errors.Add("confidence_level", "must lie in (0, 1)");
  return spec;
}

void Set(const TermInference& inference, v1::TermInference& message) {
  if (inference.std_error) message.set_std_error(*inference.std_error);
  if (inference.statistic) message.set_statistic(*inference.statistic);
  if (inference.p_value) message.set_p_value(*inference.p_value);
  if (inference.conf_low) message.set_conf_low(*inference.conf_low);
  if (inference.conf_high) message.set_conf_high(*inference.conf_high);
  if (inference.df) message.set_df(*inference.df);
  if (inference.greater_count) message.set_greater_count(*inference.greater_count);
  if (inference.greater_or_equal_count) message.set_greater_or_equal_count(*inference.greater_or_equal_count);
}

void Set(const InferenceResult& inference, const std::optional<std::int64_t>& seed, v1::InferenceResult& message) {
  message.set_type(ToProto(inference.type));
  message.set_label(inference.label);
  message.set_cluster(inference.cluster);
  message.set_cluster_count(inference.cluster_count);
  message.set_ssc(inference.ssc);
  message.set_ssc_value(inference.ssc_value);
  message.set_ssc_k(inference.ssc_k);
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
  if (!inference.enumerated && seed) message.set_seed(*seed);
}

void Set(const std::vector<Warning>& warnings, google::protobuf::RepeatedPtrField<common::v1::Warning>& messages) {
  for (const Warning& warning : warnings) {
    common::v1::Warning& message = *messages.Add();
    message.set_code(warning.code);
    message.set_text(warning.text);
  }
}

void Set(const Panel& panel, const Observations& observations, v1::Observations& message) {
  for (std::size_t row : observations.rows) {
    message.add_units(panel.units[row]);
    if (panel.has_time()) message.add_periods(panel.times[row]);
  }
  message.mutable_residuals()->Add(observations.residuals.begin(), observations.residuals.end());
  message.mutable_fitted()->Add(observations.fitted.begin(), observations.fitted.end());
  for (const EffectLevel& level : observations.effect_levels) {
    v1::EffectLevel& added = *message.add_effect_levels();
    added.set_effect(level.effect);
    added.set_level(level.level);
    added.set_value(level.value);
  }
}

void SetCounts(const FitResult& result, v1::FitResult& message) {
  message.set_observation_count(result.observation_count);
  message.set_row_count(result.row_count);
  message.set_missing_row_count(result.missing_row_count);
  message.set_singleton_count(result.singleton_count);
  for (const auto& [column, count] : result.missing_by_column) (*message.mutable_missing_by_column())[column] = count;
  for (const EffectSummary& effect : result.effects) {
    v1::Effect& added = *message.add_effects();
    added.set_name(effect.name);
    added.set_level_count(effect.level_count);
    added.set_nested(effect.nested);
  }
}

void SetTests(const FitResult& result, v1::FitResult& message) {
  for (const HypothesisTest& test : result.hypotheses) {
    v1::Hypothesis& added = *message.add_hypotheses();
    added.set_text(test.text);
    added.set_estimate(test.estimate);
    added.set_std_error(test.std_error);
    added.set_statistic(test.statistic);
    added.set_df(test.df);
    added.set_p_value(test.p_value);
  }
  if (result.joint) {
    v1::JointTest& joint = *message.mutable_joint();
    joint.set_statistic(result.joint->statistic);
    joint.set_df1(result.joint->df1);
    joint.set_df2(result.joint->df2);
    joint.set_p_value(result.joint->p_value);
  }
}

void AddOnce(std::vector<std::string>& columns, const std::string& name) {
  const auto same = [&](const std::string& other) { return WithoutBackQuotes(other) == WithoutBackQuotes(name); };
  if (!name.empty() && std::none_of(columns.begin(), columns.end(), same)) columns.push_back(name);
}

}  // namespace

Result<FitSpec> FitSpecFromProto(const v1::FitRequest& request, const std::string& prefix) {
  RequestErrors errors(prefix);
  FitSpec spec = CommonFromProto(request, errors);
  spec.hypotheses.assign(request.hypotheses().begin(), request.hypotheses().end());
  spec.observations = request.return_observations();
  FARRELL_RETURN_IF_ERROR(std::move(errors).Finish());
  return spec;
}

Result<CompareSpec> CompareSpecFromProto(const v1::CompareRequest& request, const std::string& prefix) {
  RequestErrors errors(prefix);
  CompareSpec spec;
  spec.fit = CommonFromProto(request, errors);
  spec.by = request.by();
  if (spec.by.empty()) errors.Add("by", "name the column that defines the groups");
  spec.terms.assign(request.terms().begin(), request.terms().end());
  if (!v1::CompareRequest::Interact_IsValid(request.interact())) errors.Add("interact", "unknown way of interacting");
  if (request.interact() == v1::CompareRequest::INTERACT_X_ONLY) spec.interact = Interact::kTermsOnly;
  if (!request.adjustment().empty() && request.adjustment() != "holm" && request.adjustment() != "none") {
    errors.Add("adjustment", "'" + request.adjustment() + "' is not an adjustment; they are holm, none");
  }
  spec.holm = request.adjustment() != "none";
  FARRELL_RETURN_IF_ERROR(std::move(errors).Finish());
  return spec;
}

std::vector<std::string> ColumnsOf(const FitSpec& spec) {
  std::vector<std::string> columns;
  for (const std::string& name : spec.formula.NumberColumns()) AddOnce(columns, name);
  for (const std::string& name : spec.formula.LabelColumns()) AddOnce(columns, name);
  for (const InferenceSpec& inference : spec.inferences) AddOnce(columns, inference.cluster);
  return columns;
}

std::vector<std::string> ColumnsOf(const CompareSpec& spec) {
  std::vector<std::string> columns = ColumnsOf(spec.fit);
  AddOnce(columns, spec.by);
  return columns;
}

v1::FitResult ToProto(const Panel& panel, const FitSpec& spec, const FitResult& result) {
  v1::FitResult message;
  message.set_formula(result.formula);
  message.set_outcome(spec.formula.response);
  message.set_estimator(result.estimator.kind == Estimator::kWithin ? v1::ESTIMATOR_WITHIN : v1::ESTIMATOR_OLS);
  for (const TermEstimate& term : result.terms) {
    v1::Term& added = *message.add_terms();
    added.set_name(term.name);
    added.set_collinear(!term.estimate);
    if (term.estimate) added.set_estimate(*term.estimate);
  }
  for (std::size_t k = 0; k < result.inferences.size(); ++k) {
    std::optional<std::int64_t> seed;
    if (k < spec.inferences.size()) seed = spec.inferences[k].seed;
    Set(result.inferences[k], seed, *message.add_inferences());
  }
  SetCounts(result, message);
  message.set_residual_sum_of_squares(result.residual_sum_of_squares);
  message.set_sigma(result.sigma.value_or(0.0));
  message.set_residual_df(result.residual_df);
  if (result.r2) message.set_r2(*result.r2);
  if (result.adjusted_r2) message.set_adjusted_r2(*result.adjusted_r2);
  if (result.r2_within) message.set_r2_within(*result.r2_within);
  SetTests(result, message);
  Set(result.warnings, *message.mutable_warnings());
  if (result.observations) Set(panel, *result.observations, *message.mutable_observations());
  return message;
}

v1::CompareResult ToProto(const Panel& panel, const CompareSpec& spec, const CompareResult& result) {
  v1::CompareResult message;
  message.set_by(result.by);
  message.set_interact(result.interact == Interact::kEverything ? v1::CompareRequest::INTERACT_EVERYTHING
                                                                : v1::CompareRequest::INTERACT_X_ONLY);
  message.set_adjustment(spec.holm ? "holm" : "none");
  for (const std::string& term : result.terms) message.add_terms(term);
  for (const GroupFit& group : result.groups) {
    v1::GroupFit& added = *message.add_groups();
    added.set_group(group.group);
    *added.mutable_fit() = ToProto(panel, spec.fit, group.fit);
    for (const TermInference& inference : group.compared) Set(inference, *added.add_compared());
    for (const std::optional<double>& estimate : group.estimates) {
      added.add_estimates(estimate.value_or(0.0));
      added.add_estimated(estimate.has_value());
    }
  }
  *message.mutable_pooled() = ToProto(panel, spec.fit, result.pooled);
  for (const Difference& difference : result.differences) {
    if (!difference.estimate) continue;
    v1::Difference& added = *message.add_differences();
    added.set_term(difference.term);
    added.set_group(difference.group);
    added.set_versus(difference.versus);
    added.set_estimate(*difference.estimate);
    const TermInference& inference = difference.inference;
    if (inference.std_error) added.set_std_error(*inference.std_error);
    if (inference.statistic) added.set_statistic(*inference.statistic);
    if (inference.df) added.set_df(*inference.df);
    if (inference.p_value) added.set_p_value(*inference.p_value);
    if (difference.p_adjusted) added.set_p_adjusted(*difference.p_adjusted);
    if (inference.conf_low) added.set_conf_low(*inference.conf_low);
    if (inference.conf_high) added.set_conf_high(*inference.conf_high);
  }
  for (const JointEquality& joint : result.joints) {
    v1::JointEquality& added = *message.add_joints();
    added.set_term(joint.term);
    if (joint.cochran_q) added.set_cochran_q(*joint.cochran_q);
    if (!joint.test) continue;
    added.set_statistic(joint.test->statistic);
    added.set_df1(joint.test->df1);
    added.set_df2(joint.test->df2);
    added.set_p_value(joint.test->p_value);
  }
  for (const AlternativeEstimate& alternative : result.alternatives) {
    v1::AlternativeEstimate& added = *message.add_alternatives();
    added.set_group(alternative.group);
    added.set_term(alternative.term);
    added.set_estimate(alternative.estimate);
  }
  Set(result.warnings, *message.mutable_warnings());
  return message;
}

}  // namespace farrell::regression
