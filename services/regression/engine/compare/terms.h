// The coefficients that a comparison is about.
#pragma once

#include <string>
#include <vector>

#include "services/regression/engine/compare/evidence.h"

namespace farrell::regression {

// Fills terms and term_count from spec.terms and the pooled fits; the printed names, "a | b" where equations differ.
// INVALID_ARGUMENT COMPARE_INVALID (all unknown terms at once).
Result<std::vector<std::string>> ChooseTerms(Compared& compared);

}  // namespace farrell::regression
