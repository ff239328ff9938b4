#include <utility>

#include "services/regression/engine/estimators/instruments.h"
#include "services/regression/engine/estimators/needs.h"
#include "services/regression/engine/estimators/panel_estimators.h"
#include "services/regression/engine/estimators/random_effects.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/likelihood/likelihood_estimators.h"

namespace farrell::regression {

namespace {

Result<Fitted> ByKind(Design design, const EstimatorSpec& spec, const Environment& environment) {
  switch (spec.kind) {
    case Estimator::kDefault:
    case Estimator::kOls:
    case Estimator::kWithin: return EstimateLeastSquares(std::move(design), environment);
    case Estimator::kBetween: return EstimateBetween(std::move(design), environment);
    case Estimator::kFirstDifference: return EstimateFirstDifference(std::move(design), environment);
    case Estimator::kRandomEffects: return EstimateRandomEffects(std::move(design), spec.random_effects, environment);
    case Estimator::kCorrelatedRandomEffects:
      return EstimateCorrelatedRandomEffects(std::move(design), spec.random_effects, environment);
    case Estimator::kTwoStageLeastSquares:
    case Estimator::kLiml: return EstimateInstruments(std::move(design), spec.kind, environment);
    case Estimator::kTobit: return EstimateTobit(std::move(design), spec, environment);
    case Estimator::kTruncated: return EstimateTruncated(std::move(design), spec, environment);
    case Estimator::kFractional: return EstimateFractional(std::move(design), spec, environment);
    case Estimator::kPoisson: return EstimatePoisson(std::move(design), spec, environment);
  }
  return InvalidArgument("ESTIMATOR_INVALID", "this estimator is not known here")
      .WithViolations({{"estimator", "this estimator is not known here"}});
}

}  // namespace

Result<Fitted> Estimate(Design design, const EstimatorSpec& spec, const Environment& environment) {
  FARRELL_RETURN_IF_ERROR(CheckNeeds(design, spec));
  auto fitted = ByKind(std::move(design), spec, environment);
  // Least squares that were stopped on the way are of no use.
  if (environment.stop.stop_requested()) return Cancelled();
  return fitted;
}

}  // namespace farrell::regression
