// Second goals of cross-efficiency by GLPK, from the multipliers' side.
#pragma once

#include <cstdint>
#include <optional>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea::testing {

struct SecondGoal {
  bool exists = false;         // false: no optimum
  double value = 0;            // u Y - v X with v x_k = 1 (method II), u Y / v X (method III); sums over the others
  bool own_worthless = false;  // at these multipliers the rater's own inputs are worth nothing (method III)
};

// The goal of rater `row` over all rows of `data`, among the multipliers that give it the score theta: what has a
// reduced cost when u y_k is largest is kept at 0 while the second goal is sought. nullopt when GLPK finds another
// score.
std::optional<SecondGoal> GlpkSecondGoal(const Observations& data, std::int32_t row, double theta,
                                         CrossEfficiency kind);

}  // namespace farrell::dea::testing
