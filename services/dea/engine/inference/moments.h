// Mean, spread and quantiles, summed in the order given.
#pragma once

#include <vector>

namespace farrell::dea {

// Requires at least one value.
double Mean(const std::vector<double>& values);

// Sum of squared deviations from the mean over the divisor n - 1; 0 for fewer than two values.
double SampleVariance(const std::vector<double>& values);

// Quantile of type 7 of Hyndman & Fan (1996): linear interpolation at position (n - 1) p of the ascending values.
// Requires at least one value; p in [0, 1].
double Quantile(const std::vector<double>& sorted, double p);

}  // namespace farrell::dea
