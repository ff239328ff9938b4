// Estimators that turn the rows of a panel into others and are least squares on those.
//
// All need Design::units, which CheckNeeds sees to.
#pragma once

#include "common/status/status.h"
#include "services/regression/engine/fitted.h"

namespace farrell::regression {

// Unit means, one row a unit, unweighted (as xtreg, be and plm). Classifications must be constant within units:
// INVALID_ARGUMENT ESTIMATOR_INVALID, field "inferences".
Result<Fitted> EstimateBetween(Design design, const Environment& environment);

// Differences between consecutive periods of a unit: y and x, and the constant as it is, so that it is a common trend.
// Effects that are constant within units are differenced out; effects of periods are absorbed from the differences.
// Rows without a row one period before are told: "first_period" when they are the first of their unit, else "gap".
// FAILED_PRECONDITION NO_OBSERVATIONS: no two rows of a unit are consecutive.
Result<Fitted> EstimateFirstDifference(Design design, const Environment& environment);

}  // namespace farrell::regression
