// Rows that an effect fits perfectly because they are alone in a level.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "services/regression/engine/design.h"

namespace farrell::regression {

// For every row the position of the effect in which it is alone, at once or after others have left, or -1. Effects
// without dummies leave none out. One pass over the rows whatever the length of the chain.
std::vector<std::int32_t> FindSingletons(const std::vector<Effect>& effects, std::size_t rows);

}  // namespace farrell::regression
