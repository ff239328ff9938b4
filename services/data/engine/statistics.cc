#include "services/data/engine/statistics.h"

#include <algorithm>
#include <cmath>

namespace farrell::data {

double Mean(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  // Values are scaled by n one by one only if their sum would overflow.
  double sum = 0.0;
  for (const double value : values) sum += value;
  double mean = sum / count;
  if (!std::isfinite(mean)) {
    mean = 0.0;
    for (const double value : values) mean += value / count;
  }
  double residual = 0.0;
  for (const double value : values) residual += (value - mean) / count;
  return mean + residual;
}

double SampleSd(const std::vector<double>& values) {
  const double mean = Mean(values);
  double largest = 0.0;
  for (const double value : values) largest = std::max(largest, std::abs(value - mean));
  if (largest == 0.0) return 0.0;
  double squares = 0.0;
  double residual = 0.0;
  for (const double value : values) {
    const double deviation = (value - mean) / largest;  // no square overflows or vanishes
    squares += deviation * deviation;
    residual += deviation;
  }
  const auto count = static_cast<double>(values.size());
  return largest * std::sqrt((squares - residual * residual / count) / (count - 1.0));
}

}  // namespace farrell::data
