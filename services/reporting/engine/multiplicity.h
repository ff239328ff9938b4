// Adjustment of p-values for multiple tests.
#pragma once

#include <optional>
#include <vector>

namespace farrell::reporting {

// Holm's step-down adjustment (Holm 1979): p-values in [0, 1], in the order given; unset ones stay unset and are not
// counted.
std::vector<std::optional<double>> HolmAdjusted(const std::vector<std::optional<double>>& p_values);

}  // namespace farrell::reporting
