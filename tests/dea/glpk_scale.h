// Ranges of scale by GLPK, from the optimal multipliers and weights themselves.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea::testing {

struct Range {
  double low = 0;
  double high = 0;
};

// Smallest and largest price w of the convexity row over all optimal multipliers: those feasible ones that leave no
// slack where the optimum `vrs` (any) has a peer, and are zero where it has a slack. Infinite where unbounded; nullopt
// when GLPK finds no optimum. Solved in exact rational arithmetic with `exact`.
std::optional<Range> GlpkScalePrice(const Observations& data, std::int32_t row,
                                    const std::vector<std::int32_t>& members, Orientation orientation,
                                    const UnitScore& vrs, bool exact);

// Smallest and largest sum of weights over all optimal weights of the CRS program: those feasible ones that are zero
// where the optimal multipliers of `crs` leave a slack, and leave no slack where they are positive.
std::optional<Range> GlpkWeightSum(const Observations& data, std::int32_t row, const std::vector<std::int32_t>& members,
                                   Orientation orientation, const UnitScore& crs, bool exact);

}  // namespace farrell::dea::testing
