// Hypothesised orders of the compared coefficients.
#pragma once

#include "services/regression/engine/compare/evidence.h"

namespace farrell::regression {

// Fills orderings and rank probabilities of the result from spec.orderings, equation by equation. INVALID_ARGUMENT
// COMPARE_INVALID (all bad orders at once), CANCELLED, errors of the bootstrap.
Status TestOrders(const Compared& compared, const Evidence& evidence, const Environment& environment,
                  CompareResult& result);

}  // namespace farrell::regression
