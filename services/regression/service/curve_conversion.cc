#include "services/regression/service/curve_conversion.h"

#include <utility>

#include "services/regression/engine/curve/curve_checks.h"
#include "services/regression/service/model_conversion.h"

namespace farrell::regression {
namespace {

std::vector<std::string> ListOr(const google::protobuf::RepeatedPtrField<std::string>& entries, const char* otherwise) {
  std::vector<std::string> list;
  for (const std::string& entry : entries) list.push_back(NormaliseSpace(entry));
  if (list.empty() && otherwise != nullptr) list.emplace_back(otherwise);
  return list;
}

void AddFormula(const std::string& text, std::vector<std::string>& columns) {
  const Result<Formula> formula = ParseFormula(text);
  if (!formula.ok()) return;
  AddColumns(columns, *formula);
}

v1::CurveJointTest ToProto(const CurveJointTest& test) {
  v1::CurveJointTest message;
  for (const CurveStatistic& statistic : test.statistics) {
    v1::CurveJointTest::Statistic& added = *message.add_statistics();
    added.set_name(statistic.name);
    added.set_observed(statistic.observed);
    added.set_greater_or_equal_count(statistic.greater_or_equal);
    added.set_p_value(statistic.p_value);
  }
  message.set_cluster(test.cluster);
  message.set_cluster_count(test.cluster_count);
  message.set_model_count(test.model_count);
  message.set_excluded_model_count(test.excluded_model_count);
  message.set_undefined(test.undefined);
  if (!test.undefined.empty()) return message;
  message.set_draws(test.draws);
  message.set_weights(test.weights == BootstrapWeights::kWebb ? v1::Inference::WEIGHTS_WEBB
                                                              : v1::Inference::WEIGHTS_RADEMACHER);
  message.set_enumerated(test.enumerated);
  if (!test.enumerated) message.set_seed(test.seed);
  return message;
}

void Set(const CurveSummary& summary, std::size_t count, v1::CurveSummary& message) {
  message.set_specification_count(static_cast<std::int64_t>(count));
  message.set_estimated_count(summary.estimated);
  if (summary.positive_share) message.set_positive_share(*summary.positive_share);
  if (summary.significant_share) message.set_significant_share(*summary.significant_share);
  if (summary.significant_with_median_sign_share) {
    message.set_significant_with_median_sign_share(*summary.significant_with_median_sign_share);
  }
  if (summary.min) message.set_min(*summary.min);
  if (summary.median) message.set_median(*summary.median);
  if (summary.max) message.set_max(*summary.max);
  for (const std::size_t position : summary.order) message.add_order(static_cast<std::int32_t>(position));
}

}  // namespace

Result<CurveSpec> CurveSpecFromProto(const v1::SpecificationCurveRequest& request) {
  RequestErrors errors("");
  CurveSpec spec;
  CheckTable(request.table(), errors);
  spec.terms = ListOr(request.terms(), nullptr);
  spec.outcomes = ListOr(request.outcomes(), nullptr);
  spec.controls = ListOr(request.controls(), kNoControls);
  spec.effects = ListOr(request.effects(), kNoEffects);
  spec.instruments = ListOr(request.instruments(), nullptr);
  spec.weights = ListOr(request.weights(), kNoWeights);
  spec.estimator = EstimatorFromProto(request.estimator(), request.options(), errors);
  if (request.samples_size() > 0) spec.samples.clear();
  for (const v1::SpecificationCurveRequest::Sample& sample : request.samples()) {
    CurveSample added{sample.name(), NormaliseSpace(sample.where())};
    if (added.name.empty()) added.name = added.where.empty() ? "all" : added.where;
    spec.samples.push_back(std::move(added));
  }
  if (request.inferences_size() > 0) spec.inferences.clear();
  for (int k = 0; k < request.inferences_size(); ++k) {
    spec.inferences.push_back(
        InferenceFromProto(request.inferences(k), "inferences[" + std::to_string(k) + "]", errors));
  }
  if (request.has_confidence_level()) spec.confidence_level = request.confidence_level();
  spec.joint_test = !request.skip_joint_test();
  if (request.draws() != 0) spec.draws = request.draws();
  spec.seed = request.seed();
  spec.joint_cluster = request.joint_cluster();
  Status choices = CheckCurve(spec);
  for (const FieldViolation& violation : choices.violations()) errors.Add(violation.field, violation.description);
  if (Status all = std::move(errors).Finish(); !all.ok() && choices.reason() != "CURVE_TOO_LARGE") {
    if (choices.ok()) return all;
    return Status(choices.code(), choices.reason(), choices.message()).WithViolations(all.violations());
  }
  FARRELL_RETURN_IF_ERROR(std::move(choices));
  return spec;
}

Stage StageOf(const CurveSpec& spec, std::int64_t done, std::int64_t total) {
  const auto inferences = static_cast<std::int64_t>(spec.inferences.size());
  const std::int64_t models = CountSpecifications(spec) / inferences;
  if (done <= models) return {"specifications", done * inferences, models * inferences};
  return {"joint test", done - models, total - models};
}

std::vector<std::string> ColumnsOf(const CurveSpec& spec) {
  std::vector<std::string> columns;
  for (const std::string& outcome : spec.outcomes) AddFormula(outcome + " ~ 1", columns);
  // The left side of the other parts is a column that is asked for anyway.
  const std::string left = spec.outcomes.front() + " ~ ";
  for (const std::string& term : spec.terms) AddFormula(left + term, columns);
  for (const std::string& controls : spec.controls) AddFormula(left + controls, columns);
  for (const std::string& effects : spec.effects) AddFormula(left + "1 | " + effects, columns);
  for (const std::string& instruments : spec.instruments) {
    AddFormula(left + "1 | 0 | " + spec.terms.front() + " ~ " + instruments, columns);
  }
  for (const CurveSample& sample : spec.samples) AddColumn(columns, sample.where);
  for (const std::string& weights : spec.weights) {
    if (weights != kNoWeights) AddColumn(columns, weights);
  }
  for (const InferenceSpec& inference : spec.inferences) {
    AddColumn(columns, inference.cluster);
    for (const std::string& cluster : inference.further_clusters) AddColumn(columns, cluster);
  }
  if (spec.joint_test) AddColumn(columns, spec.joint_cluster);
  return columns;
}

v1::SpecificationCurveResult ToProto(const CurveSpec& spec, const CurveResult& result) {
  v1::SpecificationCurveResult message;
  for (const CurveEntry& entry : result.entries) {
    const CurveModel& model = result.models[entry.model];
    v1::CurveSpecification& added = *message.add_specifications();
    added.set_term(model.term);
    added.set_outcome(model.outcome);
    added.set_controls(model.controls);
    added.set_effects(model.effects);
    added.set_instruments(model.instruments);
    added.set_sample(model.sample.name);
    added.set_weights(model.weights);
    added.set_inference(entry.inference);
    added.set_formula(model.formula);
    if (entry.estimate) added.set_estimate(*entry.estimate);
    Set(entry.term_inference, *added.mutable_term_inference());
    added.set_observation_count(entry.observation_count);
    added.set_cluster_count(entry.cluster_count);
    added.set_undefined(entry.undefined);
  }
  Set(result.summary, result.entries.size(), *message.mutable_summary());
  if (result.joint_test) *message.mutable_joint_test() = ToProto(*result.joint_test);
  message.set_confidence_level(spec.confidence_level);
  if (!IsLeastSquares(spec)) {
    const bool plain = IsPlain(spec.estimator.kind);
    message.set_estimator(ToProto(plain ? Estimator::kTwoStageLeastSquares : spec.estimator.kind));
  }
  Set(result.warnings, *message.mutable_warnings());
  return message;
}

}  // namespace farrell::regression
