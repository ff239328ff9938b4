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

double Quantile(const std::vector<double>& sorted, double p) {
  const double position = static_cast<double>(sorted.size() - 1) * p;
  const auto below = static_cast<std::size_t>(std::floor(position));
  if (below + 1 >= sorted.size()) return sorted.back();
  const double weight = position - static_cast<double>(below);
  return sorted[below] + weight * (sorted[below + 1] - sorted[below]);
}

}  // namespace farrell::data
