// Nowcasts and early warnings → facts.
#include <map>

#include "services/reporting/service/facts.h"
#include "services/reporting/service/result_fields.h"

namespace farrell::reporting {
namespace {

WarningLight LightOf(regression::v1::UnitWarning::Light light) {
  switch (light) {
    case regression::v1::UnitWarning::LIGHT_CLEAR: return WarningLight::kClear;
    case regression::v1::UnitWarning::LIGHT_FLAGGED: return WarningLight::kFlagged;
    default: return WarningLight::kUndecided;
  }
}

}  // namespace

NowcastFacts FactsOfNowcast(const regression::v1::NowcastResult& result) {
  NowcastFacts facts;
  facts.formula = result.formula();
  facts.outcome = result.outcome();
  facts.period = result.period();
  facts.level = result.level();
  for (const regression::v1::UnitNowcast& unit : result.units()) {
    facts.units.push_back({.unit = unit.unit(),
                           .prediction = unit.prediction(),
                           .low = FARRELL_OPTIONAL(unit, low),
                           .high = FARRELL_OPTIONAL(unit, high),
                           .last_value = unit.last_value(),
                           .last_period = unit.last_period(),
                           .observed = FARRELL_OPTIONAL(unit, observed),
                           .unit_score = {}});
  }
  for (const regression::v1::BacktestPeriod& period : result.backtest()) {
    facts.backtest.push_back({period.period(), period.count(), period.rmse(), period.rmse_random_walk()});
  }
  facts.error_count = result.error_count();
  facts.rmse = result.rmse();
  facts.rmse_random_walk = result.rmse_random_walk();
  facts.coverage = FARRELL_OPTIONAL(result, coverage);
  facts.coverage_count = result.coverage_count();
  facts.left_out.assign(result.left_out().begin(), result.left_out().end());
  facts.warnings = WarningsOf(result.warnings());
  facts.provenance = FactsOfProvenance("", result.provenance());
  return facts;
}

void AddUnitScores(const dea::v1::StoredEvaluation& evaluation, NowcastFacts& facts) {
  std::map<std::string, double> scores;
  for (const dea::v1::UnitResult& row : evaluation.units()) {
    if (row.has_score() && row.time() == facts.period) scores[row.unit()] = row.score();
  }
  for (UnitNowcastFacts& unit : facts.units) {
    if (const auto found = scores.find(unit.unit); found != scores.end()) unit.unit_score = found->second;
  }
}

EarlyWarningFacts FactsOfEarlyWarning(const regression::v1::EarlyWarningResult& result) {
  EarlyWarningFacts facts;
  facts.event = result.event();
  facts.period = result.period();
  facts.transition_count = result.transition_count();
  facts.event_count = result.event_count();
  facts.base_rate = result.base_rate();
  facts.penalty = result.penalty();
  facts.threshold = result.threshold();
  facts.confidence_level = result.confidence_level();
  facts.replication_count = result.replication_count();
  for (const regression::v1::WarningPredictor& predictor : result.predictors()) {
    facts.predictors.push_back({predictor.name(), {}, predictor.slope()});
  }
  for (const regression::v1::UnitWarning& unit : result.units()) {
    facts.units.push_back({unit.unit(), unit.probability(), unit.low(), unit.high(), LightOf(unit.light())});
  }
  facts.brier_score = result.brier_score();
  facts.brier_score_base = result.brier_score_base();
  facts.calibration_intercept = FARRELL_OPTIONAL(result, calibration_intercept);
  facts.calibration_slope = FARRELL_OPTIONAL(result, calibration_slope);
  for (const regression::v1::CalibrationBin& bin : result.bins()) {
    facts.calibration.push_back({bin.count(), bin.mean_predicted(), bin.event_share()});
  }
  facts.warnings = WarningsOf(result.warnings());
  facts.provenance = FactsOfProvenance("", result.provenance());
  return facts;
}

}  // namespace farrell::reporting
