// The direction of a series by period in one number.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace farrell::reporting {

// Slope of the least-squares line through (period, value), in the units of the value a period; unset values are left
// out. Unset below three values. periods[i] belongs to values[i].
std::optional<double> PeriodTrend(const std::vector<std::int64_t>& periods,
                                  const std::vector<std::optional<double>>& values);

}  // namespace farrell::reporting
