// What linear estimators need of a design.
#pragma once

#include <string_view>

#include "common/status/status.h"
#include "services/regression/engine/design.h"
#include "services/regression/engine/estimator.h"

namespace farrell::regression {

// "between", "random effects", "2SLS": for messages.
std::string_view EstimatorName(Estimator kind);

// INVALID_ARGUMENT ESTIMATOR_INVALID with everything the estimator needs and the design lacks, or has and it cannot
// use. Only instruments are checked for likelihoods.
Status CheckNeeds(const Design& design, const EstimatorSpec& spec);

// First differences: the effect is the same in all rows of a unit, so that differences have it no more.
bool IsDifferencedOut(const Effect& effect, const Levels& units);

}  // namespace farrell::regression
