// Estimators by maximum (pseudo-)likelihood. Inference is by the normal distribution.
//
// Weights multiply the rows of the log-likelihood after division by their mean, so that their scale says nothing.
// Errors of all: INVALID_ARGUMENT ESTIMATOR_INVALID (everything the estimator needs and the design lacks, or has and it
// cannot use), FAILED_PRECONDITION NOT_CONVERGED, NOT_IDENTIFIED, NO_OBSERVATIONS, CANCELLED.
#pragma once

#include "common/status/status.h"
#include "services/regression/engine/fitted.h"

namespace farrell::regression {

// Truncated normal regression. Coefficients: columns, then `log(sigma)`. Both bounds unset: lower 0. Rows on or beyond
// a bound are left out, reason "out_of_bounds". Residuals and effects are those of the mean between the bounds.
Result<Fitted> EstimateTruncated(Design design, const EstimatorSpec& spec, const Environment& environment);

// Censored normal regression. Coefficients: columns, then `log(sigma)`; with unit_effects a normal effect a unit is
// integrated out and `log(sigma_u)` follows. Both bounds unset: lower 0. Outcomes on or beyond a bound are censored
// there and counted. Residuals and effects are those of the mean of the censored outcome, unit effects averaged over.
// unit_effects: weights must not vary within units; the scores of a unit stand in its first row, so that hc0 is
// clustering by unit; sigma_u at zero leaves `log(sigma_u)` without an estimate.
Result<Fitted> EstimateTobit(Design design, const EstimatorSpec& spec, const Environment& environment);

// Bernoulli quasi-likelihood for outcomes in [0, 1] (Papke & Wooldridge 1996; with unit means 2008).
Result<Fitted> EstimateFractional(Design design, const EstimatorSpec& spec, const Environment& environment);

// Poisson pseudo-likelihood for outcomes >= 0, effects absorbed (Santos Silva & Tenreyro 2006; Correia, Guimaraes &
// Zylkin 2020). Rows whose mean is zero at the supremum are left out, reason "separated". Coefficients are
// semi-elasticities; effects are b times the mean outcome, their derivatives taken with absorbed effects following the
// coefficients, so that the mean stays that of the outcome.
Result<Fitted> EstimatePoisson(Design design, const EstimatorSpec& spec, const Environment& environment);

}  // namespace farrell::regression
