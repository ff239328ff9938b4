// Made-up outcomes with bounds and counts, and likelihoods fitted to them.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>

#include "services/regression/engine/fitted.h"
#include "tests/regression/panels.h"

namespace farrell::regression::testing {

Result<Fitted> TryEstimate(const Panel& panel, const std::string& formula, const EstimatorSpec& spec,
                           const std::string& weights = "");
// Throws on failure.
Fitted MustEstimate(const Panel& panel, const std::string& formula, const EstimatorSpec& spec,
                    const std::string& weights = "");
EstimatorSpec Kind(Estimator kind);

// Columns x1, x2, `latent` with unit effects of the sd given, `censored` at zero, `share` in [0, 1], `count` (Poisson
// draws by inversion), `weight` constant by unit.
Panel Made(std::int64_t seed, int units, int periods, double sigma_u);

// R^-1.
Eigen::MatrixXd Inverse(const Fitted& fitted);

}  // namespace farrell::regression::testing
