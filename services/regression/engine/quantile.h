// Percentile intervals.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/numeric/distributions.h"

namespace farrell::regression {

// Quantile of type 7 (Hyndman & Fan 1996) of sorted values, at least one.
inline double Quantile(const std::vector<double>& sorted, double p) {
  const double position = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  if (below + 1 >= sorted.size()) return sorted.back();
  const double share = position - static_cast<double>(below);
  return sorted[below] + share * (sorted[below + 1] - sorted[below]);
}

// Percentiles of `confidence_level` are too narrow by the root of (n - 1) / n and by the normal in Student's place:
// the level whose normal quantile is what the interval should reach (Hesterberg 2015).
inline double WidenedLevel(double confidence_level, std::int64_t units) {
  const auto n = static_cast<double>(units);
  const double reach = numeric::StudentTQuantile(0.5 + 0.5 * confidence_level, n - 1.0);
  return 1.0 - 2.0 * numeric::NormalSurvival(std::sqrt(n / (n - 1.0)) * reach);
}

}  // namespace farrell::regression
