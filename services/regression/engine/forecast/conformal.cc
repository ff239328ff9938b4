#include "services/regression/engine/forecast/conformal.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace farrell::regression {

std::optional<double> ConformalHalfWidth(std::vector<double> errors, double level) {
  // 0.55 * 100 is a hair more than 55.
  constexpr double kRounding = 1e-9;
  const double needed = std::ceil(level * (static_cast<double>(errors.size()) + 1.0) - kRounding);
  const auto rank = static_cast<std::size_t>(std::max(1.0, needed));
  if (rank > errors.size()) return std::nullopt;
  for (double& error : errors) error = std::fabs(error);
  const auto at = errors.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(errors.begin(), at, errors.end());
  return *at;
}

}  // namespace farrell::regression
