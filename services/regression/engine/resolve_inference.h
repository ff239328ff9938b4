// What the inferences asked for mean on a panel.
#pragma once

#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "services/regression/engine/estimator.h"
#include "services/regression/engine/formula.h"
#include "services/regression/engine/inference.h"

namespace farrell::regression {

// In place of a small-sample correction: every one that has a meaning for the type, one result each.
inline constexpr const char* kAllPresets = "all";

// Default types replaced (least squares: CR3 by unit where units repeat, else HC3; instruments and likelihoods: CR1 by
// unit, else HC1; between: HC3), clusters filled in, presets and draws checked. `kind` is not kDefault.
// INVALID_ARGUMENT, reason INFERENCE_INVALID, all mistakes at once; fields "inferences[i]...".
Result<std::vector<InferenceSpec>> ResolveInferences(const Panel& panel, const Formula& formula, Estimator kind,
                                                     const std::vector<InferenceSpec>& asked,
                                                     std::vector<Warning>& warnings);

// Two-stage least squares with instruments, within with effects, else OLS.
Estimator DefaultEstimator(const Formula& formula);

}  // namespace farrell::regression
