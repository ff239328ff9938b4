// The formulas of productivity.h: which distances an index needs, and what they say.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/productivity.h"

namespace farrell::dea {

// Whose data span a frontier.
enum class FrontierSpan : std::uint8_t { kFrom, kTo, kUpToFrom, kUpToTo, kBoth, kAll };

struct DistanceNeed {
  bool of_later;  // data of the later period
  FrontierSpan span;
  bool second;  // under the second technology, VRS
};

// Whether an index takes distances under CRS and under VRS, whatever Model::rts says.
bool HasSecondTechnology(ProductivityIndex index, ReturnsToScale rts);

// The distances behind a change, in the order in which they are told.
std::vector<DistanceNeed> NeedsOf(ProductivityIndex index, bool second_technology);

// What a distance contributes: the score, 1 / (1 + beta), or beta; nothing where 1 + beta is 1e-9 or less.
std::optional<double> Contribution(ProductivityIndex index, double value);

// The change that the contributions, one a need, make. A ratio that is not positive and finite stays unset.
ChangeParts Combine(ProductivityIndex index, bool second_technology, const std::vector<std::optional<double>>& values);

}  // namespace farrell::dea
