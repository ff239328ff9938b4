// The level of percentile intervals over few units.
#pragma once

#include <cmath>
#include <cstdint>

#include "common/numeric/distributions.h"

namespace farrell::regression {

// Percentiles of `confidence_level` are too narrow by the root of (n - 1) / n and by the normal in Student's place:
// the level whose normal quantile is what the interval should reach (Hesterberg 2015).
inline double WidenedLevel(double confidence_level, std::int64_t units) {
  const auto n = static_cast<double>(units);
  const double reach = numeric::StudentTQuantile(0.5 + 0.5 * confidence_level, n - 1.0);
  return 1.0 - 2.0 * numeric::NormalSurvival(std::sqrt(n / (n - 1.0)) * reach);
}

}  // namespace farrell::regression
