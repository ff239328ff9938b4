// Quantiles of samples.
#pragma once

#include <vector>

namespace farrell::numeric {

// Quantile of type 7 of Hyndman & Fan (1996): linear interpolation at position (n - 1) p of the ascending values, of
// which there is at least one. `p` in [0, 1].
double Quantile(const std::vector<double>& sorted, double p);

}  // namespace farrell::numeric
