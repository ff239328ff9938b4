// Scores of the free disposal hull by GLPK, as an independent witness.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "services/dea/engine/fdh.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea::testing {

// kVrs: one mixed-integer program with a binary weight per unit (glp_intopt). The other technologies: for every unit a
// linear program in its factor and the score, and the best of them. theta, phi or beta; nullopt when no unit dominates.
std::optional<double> GlpkFdh(const Observations& data, std::int32_t row, const std::vector<std::int32_t>& members,
                              const FdhModel& model, const std::vector<double>& direction);

}  // namespace farrell::dea::testing
