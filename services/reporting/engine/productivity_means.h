// Means of changes of productivity.
#pragma once

#include <cstdint>
#include <optional>

#include "common/numeric/elementary.h"

namespace farrell::reporting {

// Geometric mean of ratios, arithmetic mean of differences.
struct ProductivityMean {
  double sum = 0;
  std::int64_t count = 0;

  void Add(const std::optional<double>& value, bool difference) {
    if (!value || (!difference && *value <= 0)) return;
    sum += difference ? *value : numeric::Log(*value);
    ++count;
  }
  std::optional<double> Value(bool difference) const {
    if (count == 0) return std::nullopt;
    const double mean = sum / static_cast<double>(count);
    return difference ? mean : numeric::Exp(mean);
  }
};

}  // namespace farrell::reporting
