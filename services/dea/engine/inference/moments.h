// Mean and spread, summed in the order given.
#pragma once

#include <vector>

namespace farrell::dea {

// Requires at least one value.
double Mean(const std::vector<double>& values);

// Sum of squared deviations from the mean over the divisor n - 1; 0 for fewer than two values.
double SampleVariance(const std::vector<double>& values);

}  // namespace farrell::dea
