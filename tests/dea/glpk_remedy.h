// Remedies of infeasible super-efficiency by GLPK in exact arithmetic, each as the one program of its paper.
#pragma once

#include <cstdint>
#include <optional>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea::testing {

// kCook: min tau + M beta with M = 2^40 (input), the mirror image (output): 1 + tau + 1 / (1 - beta). kDdf: 1 - beta.
// Units are rows of `data` but the one asked about. nullopt: no solution, or beta = 1.
std::optional<double> GlpkRemedy(const Model& model, const Observations& data, std::int32_t row);

}  // namespace farrell::dea::testing
