#include "services/regression/engine/fitted.h"

namespace farrell::regression {

Result<Fitted> Estimate(Design design, const EstimatorSpec& spec, const Environment& environment) {
  switch (spec.kind) {
    case Estimator::kDefault:
    case Estimator::kOls:
    case Estimator::kWithin: return EstimateLeastSquares(std::move(design), environment.stop);
    default: break;
  }
  return InvalidArgument("ESTIMATOR_INVALID", "this estimator is not known here");
}

}  // namespace farrell::regression
