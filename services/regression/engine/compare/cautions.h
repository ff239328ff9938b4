// What a reader of a comparison must be told.
#pragma once

#include <utility>
#include <vector>

#include "services/regression/engine/compare/evidence.h"

namespace farrell::regression {

// Sets stars_differ_only of every difference, whose cells are `sides`, and warns once if any is set.
void FlagStars(const std::vector<std::pair<std::size_t, std::size_t>>& sides, std::size_t term_count,
               CompareResult& result);

// Fills the alternatives from the cells of the other way of interacting; warns where signs or orders change.
void CompareInteractions(const Compared& compared, const std::vector<ComparedCell>& chosen,
                         const std::vector<ComparedCell>& other, CompareResult& result);

}  // namespace farrell::regression
