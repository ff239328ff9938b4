#include "services/regression/service/second_stage_conversion.h"

#include <utility>

#include "common/canonical/canonical.h"
#include "common/numeric/abi.h"
#include "services/regression/service/action_key.h"
#include "services/regression/service/fit_conversion.h"
#include "services/regression/service/model_conversion.h"

namespace farrell::regression {
namespace {

using canonical::Value;

bool IsTruncated(SecondStageAlgorithm algorithm) {
  return algorithm == SecondStageAlgorithm::kSimarWilson1 || algorithm == SecondStageAlgorithm::kSimarWilson2;
}

SecondStageAlgorithm AlgorithmFromProto(v1::SecondStageRequest::Algorithm algorithm, RequestErrors& errors) {
  switch (algorithm) {
    case v1::SecondStageRequest::ALGORITHM_UNSPECIFIED:
    case v1::SecondStageRequest::ALGORITHM_1: return SecondStageAlgorithm::kSimarWilson1;
    case v1::SecondStageRequest::ALGORITHM_2: return SecondStageAlgorithm::kSimarWilson2;
    case v1::SecondStageRequest::ALGORITHM_JOINT: return SecondStageAlgorithm::kJoint;
    case v1::SecondStageRequest::ALGORITHM_LOG_WITHIN: return SecondStageAlgorithm::kLogWithin;
    default: break;
  }
  errors.Add("algorithm", "unknown algorithm; choose 1, 2, JOINT or LOG_WITHIN");
  return SecondStageAlgorithm::kSimarWilson1;
}

v1::SecondStageRequest::Algorithm ToProto(SecondStageAlgorithm algorithm) {
  switch (algorithm) {
    case SecondStageAlgorithm::kSimarWilson1: return v1::SecondStageRequest::ALGORITHM_1;
    case SecondStageAlgorithm::kSimarWilson2: return v1::SecondStageRequest::ALGORITHM_2;
    case SecondStageAlgorithm::kJoint: return v1::SecondStageRequest::ALGORITHM_JOINT;
    case SecondStageAlgorithm::kLogWithin: return v1::SecondStageRequest::ALGORITHM_LOG_WITHIN;
  }
  return v1::SecondStageRequest::ALGORITHM_UNSPECIFIED;
}

Resample ResampleFromProto(v1::SecondStageRequest::Resample resample, SecondStageAlgorithm algorithm,
                           RequestErrors& errors) {
  switch (resample) {
    case v1::SecondStageRequest::RESAMPLE_UNSPECIFIED:
      return IsTruncated(algorithm) ? Resample::kRows : Resample::kUnit;
    case v1::SecondStageRequest::RESAMPLE_ROWS: return Resample::kRows;
    case v1::SecondStageRequest::RESAMPLE_UNIT: return Resample::kUnit;
    default: break;
  }
  errors.Add("resample", "unknown way of resampling; choose ROWS or UNIT");
  return Resample::kUnit;
}

void Set(const BootstrapEstimate& estimate, v1::BootstrapEstimate& message) {
  message.set_estimate(estimate.estimate);
  message.set_std_error(estimate.std_error);
  if (estimate.statistic) message.set_statistic(*estimate.statistic);
  if (estimate.p_value) message.set_p_value(*estimate.p_value);
  message.set_bootstrap_p_value(estimate.bootstrap_p_value);
  message.set_conf_low(estimate.conf_low);
  message.set_conf_high(estimate.conf_high);
  if (estimate.recentred_low) message.set_recentred_low(*estimate.recentred_low);
  if (estimate.recentred_high) message.set_recentred_high(*estimate.recentred_high);
  if (estimate.bias_corrected) message.set_bias_corrected(*estimate.bias_corrected);
}

void SetTerms(const SecondStageResult& result, v1::SecondStageResult& message) {
  for (const SecondStageTerm& term : result.terms) {
    v1::SecondStageTerm& added = *message.add_terms();
    added.set_name(term.name);
    if (term.coefficient) Set(*term.coefficient, *added.mutable_coefficient());
    if (term.marginal_effect) Set(*term.marginal_effect, *added.mutable_marginal_effect());
    added.set_collinear(!term.coefficient);
  }
}

void SetSpec(const SecondStageSpec& spec, v1::SecondStageResult& message) {
  message.set_algorithm(ToProto(spec.algorithm));
  message.set_confidence_level(spec.confidence_level);
  message.set_frontier_tolerance(spec.frontier_tolerance);
  if (spec.algorithm == SecondStageAlgorithm::kLogWithin) return;
  message.set_replications(static_cast<std::int32_t>(spec.replications));
  message.set_resample(spec.resample == Resample::kUnit ? v1::SecondStageRequest::RESAMPLE_UNIT
                                                        : v1::SecondStageRequest::RESAMPLE_ROWS);
  if (spec.algorithm == SecondStageAlgorithm::kSimarWilson2) {
    message.set_first_replications(static_cast<std::int32_t>(spec.first_replications));
  }
}

}  // namespace

FitSpec FitOf(const SecondStageSpec& spec) {
  FitSpec fit;
  fit.formula = spec.formula;
  fit.inferences = spec.inferences;
  fit.confidence_level = spec.confidence_level;
  return fit;
}

Result<SecondStageSpec> SecondStageSpecFromProto(const v1::SecondStageRequest& request) {
  RequestErrors errors("");
  SecondStageSpec spec;
  CheckTable(request.table(), errors);
  spec.algorithm = AlgorithmFromProto(request.algorithm(), errors);
  spec.resample = ResampleFromProto(request.resample(), spec.algorithm, errors);
  spec.seed = request.seed();
  spec.log = request.log();
  spec.subsample_size = request.subsample_size();
  spec.distances = request.return_distances();
  if (request.replications() != 0) spec.replications = request.replications();
  if (request.first_replications() != 0) {
    spec.first_replications = request.first_replications();
    if (spec.algorithm != SecondStageAlgorithm::kSimarWilson2)
      errors.Add("first_replications", "only with algorithm 2");
  }
  if (request.has_confidence_level()) spec.confidence_level = request.confidence_level();
  if (request.has_frontier_tolerance()) spec.frontier_tolerance = request.frontier_tolerance();
  if (request.subsample_exponent() != 0) spec.subsample_exponent = request.subsample_exponent();
  if (spec.algorithm != SecondStageAlgorithm::kJoint) {
    if (request.subsample_exponent() != 0) errors.Add("subsample_exponent", "only with the joint bootstrap");
    if (request.subsample_size() != 0) errors.Add("subsample_size", "only with the joint bootstrap");
  }
  for (int k = 0; k < request.inferences_size(); ++k) {
    spec.inferences.push_back(
        InferenceFromProto(request.inferences(k), "inferences[" + std::to_string(k) + "]", errors));
  }
  auto formula = ParseSecondStageFormula(request.formula(), spec.algorithm);
  if (formula.ok()) {
    spec.formula = *std::move(formula);
  } else {
    errors.AddFormula(formula.status());
  }
  for (FieldViolation& violation : CheckSecondStage(spec))
    errors.Add(violation.field, std::move(violation.description));
  FARRELL_RETURN_IF_ERROR(std::move(errors).Finish());
  return spec;
}

std::vector<std::string> ColumnsOf(const SecondStageSpec& spec) {
  std::vector<std::string> columns;
  for (const std::string& name : ColumnsOf(FitOf(spec))) {
    if (name != spec.formula.response) columns.push_back(name);
  }
  return columns;
}

Value DescribeSecondStage(const Panel& panel, const SecondStageSpec& spec, const std::string& scores_key) {
  const bool draws = spec.algorithm != SecondStageAlgorithm::kLogWithin;
  const bool joint = spec.algorithm == SecondStageAlgorithm::kJoint;
  const bool second = spec.algorithm == SecondStageAlgorithm::kSimarWilson2;
  return Value::Object{
      {"op", "regression.second_stage"},
      {"spec",
       Value::Object{
           {"algorithm", v1::SecondStageRequest::Algorithm_Name(ToProto(spec.algorithm))},
           {"replications", draws ? Value(spec.replications) : Value()},
           {"first_replications", second ? Value(spec.first_replications) : Value()},
           {"resample", spec.resample == Resample::kUnit ? "unit" : "rows"},
           {"frontier_tolerance", canonical::Real(spec.frontier_tolerance)},
           {"log", spec.log},
           {"subsample_exponent", joint ? Value(canonical::Real(spec.subsample_exponent)) : Value()},
           {"subsample_size", joint ? Value(spec.subsample_size) : Value()},
           {"distances", spec.distances},
       }},
      // Formula, inferences, level and cells, as those of a fit.
      {"fit", ActionKey(panel, FitOf(spec))},
      {"scores", scores_key},
      {"engine",
       Value::Object{{"algo", "regression"}, {"algo_rev", kSecondStageRevision}, {"num_abi", numeric::kNumAbi}}},
      {"seed", draws ? Value(std::to_string(spec.seed)) : Value()},
      {"result_schema", "farrell.regression.v1.SecondStageResult"},
  };
}

v1::SecondStageResult ToProto(const Panel& panel, const FrontierScores& first, const SecondStageSpec& spec,
                              const SecondStageResult& result) {
  v1::SecondStageResult message;
  SetSpec(spec, message);
  message.set_formula(result.formula);
  message.set_response(result.response);
  SetTerms(result, message);
  message.set_row_count(result.row_count);
  message.set_score_count(result.score_count);
  message.set_complete_count(result.complete_count);
  message.set_frontier_count(result.frontier_count);
  message.set_observation_count(result.observation_count);
  message.set_unit_count(result.unit_count);
  for (const EffectSummary& effect : result.effects) {
    v1::Effect& added = *message.add_effects();
    added.set_name(effect.name);
    added.set_level_count(effect.level_count);
    added.set_nested(effect.nested);
  }
  message.set_failed_count(static_cast<std::int32_t>(result.failed_count));
  if (result.log_likelihood) message.set_log_likelihood(*result.log_likelihood);
  if (result.mean_bias) message.set_mean_bias(*result.mean_bias);
  message.set_experimental(result.experimental);
  if (spec.algorithm == SecondStageAlgorithm::kJoint) {
    message.set_frontier_unit_count(first.frontier_unit_count);
    message.set_subsample_size(result.subsample_size);
    message.set_subsample_exponent(spec.subsample_exponent);
    message.set_rate(first.rate);
  }
  if (result.fit) *message.mutable_fit() = ToProto(panel, FitOf(spec), *result.fit);
  for (const DistanceRow& row : result.distances) {
    v1::DistanceRow& added = *message.add_distances();
    added.set_unit(panel.units[row.row]);
    if (panel.has_time()) added.set_time(panel.times[row.row]);
    added.set_row(panel.rows[row.row]);
    added.set_distance(row.distance);
    if (row.corrected) added.set_corrected(*row.corrected);
    added.set_used(row.used);
  }
  Set(result.warnings, *message.mutable_warnings());
  return message;
}

}  // namespace farrell::regression
