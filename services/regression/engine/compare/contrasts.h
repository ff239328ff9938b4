// What is compared with what.
#pragma once

#include <vector>

#include "services/regression/engine/compare/evidence.h"

namespace farrell::regression {

// Every pair of groups within an equation, then every pair of equations within a group.
std::vector<Contrast> Contrasts(const Compared& compared);

// Of groups within an equation; without groups, of the equations. Cells without an estimate or a standard error are
// left out with a warning.
std::vector<Equality> Equalities(const Compared& compared, CompareResult& result);

}  // namespace farrell::regression
