// Moments of numbers without missing values, summed in the order given.
#pragma once

#include <vector>

namespace farrell::data {

// Arithmetic mean, corrected by the mean of the residuals (Chan, Golub & LeVeque 1983). Requires at least one value.
double Mean(const std::vector<double>& values);

// Standard deviation with divisor n-1, two passes. Requires at least two values.
double SampleSd(const std::vector<double>& values);

}  // namespace farrell::data
