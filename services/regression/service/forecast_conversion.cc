#include "services/regression/service/forecast_conversion.h"

#include <utility>

#include "services/regression/service/model_conversion.h"

namespace farrell::regression {
namespace {

v1::UnitWarning::Light ToProto(Light light) {
  switch (light) {
    case Light::kClear: return v1::UnitWarning::LIGHT_CLEAR;
    case Light::kUndecided: return v1::UnitWarning::LIGHT_UNDECIDED;
    case Light::kFlagged: return v1::UnitWarning::LIGHT_FLAGGED;
  }
  return v1::UnitWarning::LIGHT_UNSPECIFIED;
}

// What the engine finds wrong with the options, under the engine's reason unless the request has other mistakes too.
Status Finish(RequestErrors errors, const std::vector<FieldViolation>& options, const char* reason, const char* text) {
  for (const FieldViolation& violation : options) errors.Add(violation.field, violation.description);
  Status all = std::move(errors).Finish();
  if (all.ok() || all.violations().size() != options.size()) return all;
  return InvalidArgument(reason, text).WithViolations(options);
}

}  // namespace

Result<NowcastSpec> NowcastSpecFromProto(const v1::NowcastRequest& request) {
  RequestErrors errors("");
  NowcastSpec spec;
  CheckTable(request.table(), errors);
  spec.formula = FormulaFromProto(request.formula(), errors);
  if (request.has_period()) spec.period = request.period();
  if (request.has_first_backtest()) spec.first_backtest = request.first_backtest();
  if (request.has_level()) spec.level = request.level();
  FARRELL_RETURN_IF_ERROR(
      Finish(std::move(errors), CheckNowcast(spec), "NOWCAST_INVALID", "this nowcast cannot be made"));
  return spec;
}

Result<EarlyWarningSpec> EarlyWarningSpecFromProto(const v1::EarlyWarningRequest& request) {
  RequestErrors errors("");
  EarlyWarningSpec spec;
  CheckTable(request.table(), errors);
  spec.event = NormaliseSpace(request.event());
  for (const std::string& predictor : request.predictors()) spec.predictors.push_back(NormaliseSpace(predictor));
  if (request.has_penalty()) spec.penalty = request.penalty();
  if (request.has_threshold()) spec.threshold = request.threshold();
  if (request.has_confidence_level()) spec.confidence_level = request.confidence_level();
  if (request.has_replication_count()) spec.replications = request.replication_count();
  spec.seed = request.seed();
  FARRELL_RETURN_IF_ERROR(
      Finish(std::move(errors), CheckEarlyWarning(spec), "WARNING_INVALID", "this early warning cannot be made"));
  return spec;
}

std::vector<std::string> ColumnsOf(const NowcastSpec& spec) {
  std::vector<std::string> columns;
  AddColumns(columns, spec.formula);
  return columns;
}

std::vector<std::string> ColumnsOf(const EarlyWarningSpec& spec) {
  std::vector<std::string> columns;
  AddColumn(columns, spec.event);
  for (const std::string& predictor : spec.predictors) AddColumn(columns, predictor);
  return columns;
}

Stage StageOf(const NowcastSpec&, std::int64_t done, std::int64_t total) { return {"backtest", done, total}; }

Stage StageOf(const EarlyWarningSpec&, std::int64_t done, std::int64_t total) { return {"bootstrap", done, total}; }

v1::NowcastResult ToProto(const NowcastSpec& spec, const NowcastResult& result) {
  v1::NowcastResult message;
  message.set_formula(spec.formula.text);
  message.set_outcome(spec.formula.response);
  message.set_period(result.period);
  message.set_level(spec.level);
  for (const UnitNowcast& unit : result.units) {
    v1::UnitNowcast& added = *message.add_units();
    added.set_unit(unit.unit);
    added.set_prediction(unit.prediction);
    if (unit.low) added.set_low(*unit.low);
    if (unit.high) added.set_high(*unit.high);
    added.set_last_value(unit.last_value);
    added.set_last_period(unit.last_period);
    if (unit.observed) added.set_observed(*unit.observed);
  }
  for (const BacktestPeriod& period : result.backtest) {
    v1::BacktestPeriod& added = *message.add_backtest();
    added.set_period(period.period);
    added.set_count(period.count);
    added.set_rmse(period.rmse);
    added.set_rmse_random_walk(period.rmse_random_walk);
  }
  message.set_error_count(result.error_count);
  message.set_rmse(result.rmse);
  message.set_rmse_random_walk(result.rmse_random_walk);
  if (result.coverage) message.set_coverage(*result.coverage);
  message.set_coverage_count(result.coverage_count);
  if (result.half_width) message.set_half_width(*result.half_width);
  for (const std::string& unit : result.left_out) message.add_left_out(unit);
  Set(result.warnings, *message.mutable_warnings());
  return message;
}

v1::EarlyWarningResult ToProto(const EarlyWarningSpec& spec, const EarlyWarningResult& result) {
  v1::EarlyWarningResult message;
  message.set_event(spec.event);
  message.set_period(result.period);
  message.set_transition_count(result.transition_count);
  message.set_event_count(result.event_count);
  message.set_base_rate(result.base_rate);
  message.set_penalty(result.penalty);
  message.set_threshold(result.threshold);
  message.set_confidence_level(spec.confidence_level);
  message.set_replication_count(static_cast<std::int32_t>(spec.replications));
  message.set_intercept(result.intercept);
  for (const WarningPredictor& predictor : result.predictors) {
    v1::WarningPredictor& added = *message.add_predictors();
    added.set_name(predictor.name);
    added.set_slope(predictor.slope);
    added.set_mean(predictor.mean);
    added.set_standard_deviation(predictor.standard_deviation);
  }
  for (const UnitWarning& unit : result.units) {
    v1::UnitWarning& added = *message.add_units();
    added.set_unit(unit.unit);
    added.set_probability(unit.probability);
    added.set_low(unit.low);
    added.set_high(unit.high);
    added.set_light(ToProto(unit.light));
  }
  message.set_brier_score(result.brier_score);
  message.set_brier_score_base(result.brier_score_base);
  if (result.calibration_intercept) message.set_calibration_intercept(*result.calibration_intercept);
  if (result.calibration_slope) message.set_calibration_slope(*result.calibration_slope);
  for (const CalibrationBin& bin : result.bins) {
    v1::CalibrationBin& added = *message.add_bins();
    added.set_count(bin.count);
    added.set_mean_predicted(bin.mean_predicted);
    added.set_event_share(bin.event_share);
  }
  Set(result.warnings, *message.mutable_warnings());
  return message;
}

}  // namespace farrell::regression
