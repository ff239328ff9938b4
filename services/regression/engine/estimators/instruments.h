// Instrumental variables with effects absorbed: the k-class (Theil 1958).
//
// With X, y and the instruments Z = [exogenous columns of X, excluded instruments] after the effects are taken out and
// rows are weighted, P the projection on Z and M = I - P:
//   b = (X'(I - k M)X)^-1 X'(I - k M)y
// k = 1 is two-stage least squares; LIML (Anderson & Rubin 1949) takes the smallest k for which I - k M is singular on
// [y, endogenous columns], exogenous columns taken out, which is 1 when the model is exactly identified.
#pragma once

#include "common/status/status.h"
#include "services/regression/engine/fitted.h"

namespace farrell::regression {

// `kind` is kTwoStageLeastSquares or kLiml. Needs Design::endogenous and Design::z. Collinear columns of x are set
// aside, endogenous ones first; instruments that are collinear with exogenous columns, effects or earlier instruments
// leave design.z and are named in Fitted::collinear_instruments. Fitted: R'R = X'(I - k M)X, Q = (I - k M)X R^-1,
// residuals y - X b. The order and names of design.x do not change. FAILED_PRECONDITION NOT_IDENTIFIED: fewer
// instruments than endogenous regressors, or instruments whose projection does not tell them apart; the message has
// both counts.
Result<Fitted> EstimateInstruments(Design design, Estimator kind, const Environment& environment);

}  // namespace farrell::regression
