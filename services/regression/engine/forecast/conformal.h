// Split-conformal intervals (Lei, G'Sell, Rinaldo, Tibshirani & Wasserman 2018): as wide as errors made before.
#pragma once

#include <optional>
#include <vector>

namespace farrell::regression {

// The smallest |error| that at least ceil(level (n + 1)) of the n errors do not exceed. Unset: n is too small for the
// level.
std::optional<double> ConformalHalfWidth(std::vector<double> errors, double level);

}  // namespace farrell::regression
