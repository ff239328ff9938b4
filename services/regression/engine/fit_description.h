// What a fit reports about itself before any standard error: terms, rows, effects, goodness of fit, warnings.
#pragma once

#include "services/regression/engine/fit.h"

namespace farrell::regression {

void DescribeFit(const Fitted& fitted, const FitSpec& spec, const InferenceSpec& primary, FitResult& result);

// Residuals and fitted values of the model as it is written (not of its transformation), and levels of effects.
Result<Observations> ObserveFit(const Fitted& fitted);

}  // namespace farrell::regression
