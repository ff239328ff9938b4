#include "services/regression/engine/forecast/early_warning.h"

#include <algorithm>
#include <utility>

#include "services/regression/engine/forecast/out_of_sample.h"
#include "services/regression/engine/forecast/ridge_logit.h"
#include "services/regression/engine/forecast/transitions.h"
#include "services/regression/engine/forecast/unit_intervals.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

Light LightOf(const ProbabilityInterval& interval, double threshold) {
  if (interval.low > threshold) return Light::kFlagged;
  if (interval.high < threshold) return Light::kClear;
  return Light::kUndecided;
}

void Describe(const RidgeLogit& fit, const Standardisation& scale, const EarlyWarningSpec& spec,
              EarlyWarningResult& result) {
  result.intercept = fit.intercept;
  for (std::size_t k = 0; k < spec.predictors.size(); ++k) {
    const auto column = static_cast<Index>(k);
    result.predictors.push_back({spec.predictors[k], fit.slopes(column), scale.mean(column), scale.deviation(column)});
  }
}

void List(const Transitions& transitions, const VectorXd& probabilities,
          const std::vector<ProbabilityInterval>& intervals, EarlyWarningResult& result) {
  for (std::size_t k = 0; k < intervals.size(); ++k) {
    result.units.push_back({transitions.listed[k], probabilities(static_cast<Index>(k)), intervals[k].low,
                            intervals[k].high, LightOf(intervals[k], result.threshold)});
  }
  // The panel is sorted by unit.
  std::stable_sort(result.units.begin(), result.units.end(),
                   [](const UnitWarning& a, const UnitWarning& b) { return a.probability > b.probability; });
}

void Warn(EarlyWarningResult& result) {
  if (result.brier_score >= result.brier_score_base) {
    result.warnings.push_back(
        {"BASE_RATE_NOT_BEATEN",
         "Out of sample the predictors say no more than the base rate: do not act on this list."});
  }
  constexpr std::int64_t kFewEvents = 10;
  const std::int64_t rarer = std::min(result.event_count, result.transition_count - result.event_count);
  const auto predictors = static_cast<std::int64_t>(result.predictors.size());
  if (rarer < kFewEvents * predictors) {
    result.warnings.push_back({"FEW_EVENTS", "The rarer outcome has " + std::to_string(rarer) +
                                                 " transitions, fewer than ten a predictor: slopes are held by the "
                                                 "penalty more than by the data."});
  }
}

}  // namespace

std::vector<FieldViolation> CheckEarlyWarning(const EarlyWarningSpec& spec) {
  std::vector<FieldViolation> violations;
  const auto check = [&](bool good, std::string field, std::string text) {
    if (!good) violations.push_back({std::move(field), std::move(text)});
  };
  check(!spec.event.empty(), "event", "name the event by a condition, e.g. score < 0.95 * lag(score)");
  check(!spec.predictors.empty(), "predictors", "name one to five columns or expressions");
  check(spec.predictors.size() <= kMostWarningPredictors, "predictors",
        std::to_string(spec.predictors.size()) + " are given; at most five");
  for (std::size_t k = 0; k < spec.predictors.size(); ++k) {
    const auto at = spec.predictors.begin() + static_cast<std::ptrdiff_t>(k);
    const std::string field = "predictors[" + std::to_string(k) + "]";
    check(!at->empty(), field, "is empty");
    check(std::find(spec.predictors.begin(), at, *at) == at, field, "stands there twice");
  }
  check(!spec.penalty || (*spec.penalty > 0.0 && *spec.penalty <= 1e12), "penalty", "must lie in (0, 1e12]");
  check(!spec.threshold || (*spec.threshold > 0.0 && *spec.threshold < 1.0), "threshold", "must lie in (0, 1)");
  check(spec.confidence_level > 0.0 && spec.confidence_level < 1.0, "confidence_level", "must lie in (0, 1)");
  check(spec.replications >= 99 && spec.replications <= 99'999, "replication_count", "must lie in [99, 99999]");
  return violations;
}

Result<EarlyWarningResult> WarnEarly(const Panel& panel, const EarlyWarningSpec& spec, const Environment& environment) {
  FARRELL_ASSIGN_OR_RETURN(const Transitions transitions, MakeTransitions(panel, spec));
  EarlyWarningResult result;
  result.period = transitions.last_period;
  result.transition_count = transitions.event.size();
  result.event_count = static_cast<std::int64_t>(transitions.event.sum());
  result.base_rate = transitions.event.mean();
  result.threshold = spec.threshold.value_or(result.base_rate);

  const std::vector<double> penalties = spec.penalty ? std::vector<double>{*spec.penalty} : PenaltyGrid();
  FARRELL_ASSIGN_OR_RETURN(const MatrixXd log_odds, PredictOutOfSample(transitions, penalties, environment));
  const std::size_t chosen = ChoosePenalty(transitions, log_odds);
  result.penalty = penalties[chosen];
  FARRELL_RETURN_IF_ERROR(Judge(transitions, log_odds.col(static_cast<Index>(chosen)), environment, result));

  const Standardisation scale(transitions.x);
  const MatrixXd x = scale.Apply(transitions.x);
  const MatrixXd listed = scale.Apply(transitions.listed_x);
  FARRELL_ASSIGN_OR_RETURN(const RidgeLogit fit,
                           FitRidgeLogit(x, transitions.event, {}, result.penalty, environment.stop));
  Describe(fit, scale, spec, result);
  FARRELL_ASSIGN_OR_RETURN(const std::vector<ProbabilityInterval> intervals,
                           BootstrapProbabilities(transitions, x, listed, result.penalty, spec, environment));
  List(transitions, fit.Probabilities(listed), intervals, result);
  Warn(result);
  return result;
}

}  // namespace farrell::regression
