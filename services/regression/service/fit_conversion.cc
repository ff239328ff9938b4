#include "services/regression/service/fit_conversion.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "services/regression/engine/margins.h"
#include "services/regression/service/model_conversion.h"

namespace farrell::regression {
namespace {

DesignQuestion QuestionFromProto(const v1::DesignQuestion& message, const std::string& field, RequestErrors& errors) {
  DesignQuestion question;
  question.term = message.term();
  question.reference = message.reference();
  if (message.has_level()) question.level = message.level();
  if (message.has_power()) question.power = message.power();
  if (question.term.empty()) errors.Add(field + ".term", "name a term of the formula");
  if (question.reference == 0.0 || !std::isfinite(question.reference)) {
    errors.Add(field + ".reference", "must be a finite number other than 0: the size of effect that would matter");
  }
  if (!(question.level > 0.0 && question.level < 1.0)) errors.Add(field + ".level", "must lie in (0, 1)");
  if (!(question.power > question.level && question.power < 1.0)) {
    errors.Add(field + ".power", "must lie between the level and 1");
  }
  return question;
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
    added.set_slopes_only(effect.slopes_only);
    for (const std::string& slope : effect.slopes) added.add_slopes(slope);
  }
}

void SetTests(const FitResult& result, v1::FitResult& message) {
  for (const HypothesisTest& test : result.hypotheses) {
    v1::Hypothesis& added = *message.add_hypotheses();
    added.set_text(test.text);
    added.set_estimate(test.estimate);
    added.set_std_error(test.std_error);
    added.set_statistic(test.statistic);
    added.set_df(std::isfinite(test.df) ? test.df : 0.0);
    added.set_p_value(test.p_value);
    if (test.conf_low) added.set_conf_low(*test.conf_low);
    if (test.conf_high) added.set_conf_high(*test.conf_high);
    if (test.joint) Set(*test.joint, *added.mutable_joint());
  }
  if (result.joint) Set(*result.joint, *message.mutable_joint());
}

void SetIteration(const FitResult& result, v1::FitResult& message) {
  Set(result.dropped, *message.mutable_dropped());
  if (result.convergence) {
    v1::Convergence& convergence = *message.mutable_convergence();
    convergence.set_method(result.convergence->method);
    convergence.set_iterations(result.convergence->iterations);
    convergence.set_defect(result.convergence->defect);
  }
  if (result.log_likelihood) message.set_log_likelihood(*result.log_likelihood);
  message.set_lower_bound_count(result.lower_bound_count);
  message.set_upper_bound_count(result.upper_bound_count);
}

void Set(const VarianceComponents& components, v1::VarianceComponents& message) {
  EstimatorSpec spec;
  spec.kind = Estimator::kRandomEffects;
  spec.random_effects = components.method;
  v1::EstimatorOptions options;
  Set(spec, options);
  message.set_method(options.random_effects());
  message.set_idiosyncratic(components.idiosyncratic);
  message.set_unit(components.unit);
  std::vector<double> theta(components.theta.begin(), components.theta.end());
  std::sort(theta.begin(), theta.end());
  if (theta.empty()) return;
  message.set_theta_min(theta.front());
  message.set_theta_median(theta[theta.size() / 2]);
  message.set_theta_max(theta.back());
}

void Set(const PartialEffect& effect, v1::PartialEffect& message) {
  message.set_term(effect.term);
  if (effect.estimate) message.set_estimate(*effect.estimate);
  Set(effect.inference, *message.mutable_inference());
}

void SetEffects(const FitResult& result, v1::FitResult& message) {
  for (const PartialEffect& effect : result.partial_effects) Set(effect, *message.add_partial_effects());
  for (const Margin& margin : result.margins) {
    v1::Margin& added = *message.add_margins();
    added.set_text(margin.text);
    added.set_variable(margin.variable);
    added.set_level(margin.level);
    added.set_estimate(margin.estimate);
    Set(margin.inference, *added.mutable_inference());
    added.set_observation_count(margin.observation_count);
  }
  for (const LeaveOneOutFit& left : result.leave_one_out) {
    v1::LeaveOneOutFit& added = *message.add_leave_one_out();
    added.set_level(left.level);
    added.set_observation_count(left.observation_count);
    for (const PartialEffect& term : left.terms) Set(term, *added.add_terms());
  }
}

void Set(const DesignAnswer& answer, v1::DesignAnswer& message) {
  message.set_term(answer.question.term);
  message.set_reference(answer.question.reference);
  message.set_std_error(answer.std_error);
  message.set_power(answer.power);
  message.set_minimum_detectable(answer.minimum_detectable);
  if (answer.exaggeration) message.set_exaggeration(*answer.exaggeration);
  message.set_wrong_sign(answer.wrong_sign);
  message.set_level(answer.question.level);
  message.set_wanted_power(answer.question.power);
}

void Set(const InstrumentDiagnostics& diagnostics, v1::InstrumentDiagnostics& message) {
  for (const FirstStage& stage : diagnostics.first_stages) {
    v1::InstrumentDiagnostics::FirstStage& added = *message.add_first_stages();
    added.set_term(stage.term);
    if (stage.joint) Set(*stage.joint, *added.mutable_joint());
    added.set_partial_r2(stage.partial_r2);
    if (stage.effective_f) added.set_effective_f(*stage.effective_f);
    if (stage.effective_f_critical) added.set_effective_f_critical(*stage.effective_f_critical);
  }
  if (diagnostics.kleibergen_paap_f) message.set_kleibergen_paap_f(*diagnostics.kleibergen_paap_f);
  if (diagnostics.cragg_donald_f) message.set_cragg_donald_f(*diagnostics.cragg_donald_f);
  if (diagnostics.anderson_rubin) Set(*diagnostics.anderson_rubin, *message.mutable_anderson_rubin());
  for (const ConfidenceInterval& interval : diagnostics.anderson_rubin_set) {
    v1::InstrumentDiagnostics::Interval& added = *message.add_anderson_rubin_set();
    if (interval.low) added.set_low(*interval.low);
    if (interval.high) added.set_high(*interval.high);
  }
  message.set_anderson_rubin_empty(diagnostics.anderson_rubin_empty);
  if (diagnostics.overidentification) Set(*diagnostics.overidentification, *message.mutable_overidentification());
  message.set_overidentification_name(diagnostics.overidentification_name);
  if (diagnostics.endogeneity) Set(*diagnostics.endogeneity, *message.mutable_endogeneity());
  message.set_kappa(diagnostics.kappa);
  for (const std::string& name : diagnostics.collinear_instruments) message.add_collinear_instruments(name);
}

// Over the coefficients estimated in the engine; one a term on the wire, 0 where a term was not estimated.
void Spread(const FitResult& result, const Eigen::VectorXd& values, google::protobuf::RepeatedField<double>& repeated) {
  Eigen::Index next = 0;
  for (const TermEstimate& term : result.terms) repeated.Add(term.estimate ? values(next++) : 0.0);
}

void SetDiagnostics(const FitResult& result, v1::FitResult& message) {
  for (const DesignAnswer& answer : result.design) Set(answer, *message.add_design());
  if (result.instruments) Set(*result.instruments, *message.mutable_instruments());
  if (!result.cluster_diagnostics) return;
  v1::ClusterDiagnostics& diagnostics = *message.mutable_cluster_diagnostics();
  diagnostics.set_cluster(result.diagnosed_cluster);
  diagnostics.set_cluster_count(static_cast<std::int64_t>(result.cluster_diagnostics->clusters.size()));
  for (const ClusterDiagnostics::Cluster& cluster : result.cluster_diagnostics->clusters) {
    v1::ClusterDiagnostics::Cluster& added = *diagnostics.add_clusters();
    added.set_label(cluster.label);
    added.set_observation_count(cluster.observations);
    added.set_leverage(cluster.leverage);
    Spread(result, cluster.partial_leverage, *added.mutable_partial_leverage());
    Spread(result, cluster.leave_out, *added.mutable_leave_out_estimates());
  }
  Spread(result, result.cluster_diagnostics->effective, *diagnostics.mutable_effective_clusters());
}

}  // namespace

Result<std::vector<FitSpec>> FitSpecsFromProto(const v1::FitRequest& request, const std::string& prefix) {
  RequestErrors errors(prefix);
  FitSpec spec = CommonFromProto(request, errors);
  spec.hypotheses.assign(request.hypotheses().begin(), request.hypotheses().end());
  spec.margins.assign(request.margins().begin(), request.margins().end());
  spec.observations = request.return_observations();
  spec.leave_one_out = request.leave_one_out();
  spec.cluster_diagnostics = request.cluster_diagnostics();
  for (int k = 0; k < request.design_size(); ++k) {
    spec.design.push_back(QuestionFromProto(request.design(k), "design[" + std::to_string(k) + "]", errors));
  }
  std::vector<FitSpec> specs;
  auto formulas = ParseFormulas(request.formula());
  if (formulas.ok()) {
    specs.assign(formulas->size(), spec);
    for (std::size_t k = 0; k < specs.size(); ++k) specs[k].formula = std::move((*formulas)[k]);
  } else {
    errors.AddFormula(formulas.status());
  }
  FARRELL_RETURN_IF_ERROR(std::move(errors).Finish());
  return specs;
}

std::vector<std::string> ColumnsOf(const FitSpec& spec) {
  std::vector<std::string> columns;
  AddColumns(columns, spec.formula);
  for (const InferenceSpec& inference : spec.inferences) {
    AddColumn(columns, inference.cluster);
    for (const std::string& cluster : inference.further_clusters) AddColumn(columns, cluster);
  }
  AddColumn(columns, spec.weights);
  AddColumn(columns, spec.leave_one_out);
  // A mistake in the margins is told by the fit.
  if (const auto margins = ParseMargins(spec.margins, spec.formula); margins.ok()) {
    for (const std::string& name : MarginColumns(*margins, spec.formula)) AddColumn(columns, name);
  }
  return columns;
}

v1::FitResult ToProto(const Panel& panel, const FitSpec& spec, const FitResult& result) {
  v1::FitResult message;
  message.set_formula(result.formula);
  message.set_outcome(spec.formula.response);
  message.set_estimator(ToProto(result.estimator.kind));
  Set(result.estimator, *message.mutable_options());
  message.set_weights(spec.weights);
  for (const TermEstimate& term : result.terms) {
    v1::Term& added = *message.add_terms();
    added.set_name(term.name);
    added.set_collinear(!term.estimate);
    if (term.estimate) added.set_estimate(*term.estimate);
  }
  for (const InferenceResult& inference : result.inferences) Set(inference, *message.add_inferences());
  SetCounts(result, message);
  SetIteration(result, message);
  SetEffects(result, message);
  SetDiagnostics(result, message);
  if (result.components) Set(*result.components, *message.mutable_variance_components());
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

}  // namespace farrell::regression
