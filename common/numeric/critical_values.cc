#include "common/numeric/critical_values.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "common/numeric/distributions.h"
#include "common/numeric/elementary.h"

namespace farrell::numeric {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
// Poisson weights below this share of the largest do not reach the last bit of the sum.
constexpr double kNegligible = 1e-18;

// x > 0 with tail(x) = p for a tail that falls from one to zero.
template <typename Tail>
double Invert(double p, Tail tail) {
  if (!(p > 0.0) || !(p < 1.0)) return kNan;
  double low = 0.0;
  double high = 1.0;
  while (tail(high) > p) {
    low = high;
    high *= 2.0;
    if (!std::isfinite(high)) return kNan;
  }
  constexpr int kMostSteps = 2000;
  for (int step = 0; step < kMostSteps; ++step) {
    const double middle = low + 0.5 * (high - low);
    if (middle <= low || middle >= high) break;
    (tail(middle) > p ? low : high) = middle;
  }
  return high;
}

}  // namespace

double NoncentralChiSquareSurvival(double x, double df, double noncentrality) {
  if (!(df > 0.0) || !(noncentrality >= 0.0) || std::isnan(x)) return kNan;
  if (noncentrality == 0.0 || x <= 0.0) return ChiSquareSurvival(x, df);
  const double mean = 0.5 * noncentrality;
  const auto mode = static_cast<std::int64_t>(mean);
  const auto start = static_cast<double>(mode);
  const double peak = Exp(-mean + start * Log(mean) - LogGamma(start + 1.0));
  double sum = 0.0;
  double weight = peak;
  for (std::int64_t j = mode; weight > kNegligible * peak; ++j) {
    const auto count = static_cast<double>(j);
    sum += weight * ChiSquareSurvival(x, df + 2.0 * count);
    weight *= mean / (count + 1.0);
  }
  weight = peak;
  for (std::int64_t j = mode; j >= 1; --j) {
    const auto count = static_cast<double>(j);
    weight *= count / mean;
    if (!(weight > kNegligible * peak)) break;
    sum += weight * ChiSquareSurvival(x, df + 2.0 * (count - 1.0));
  }
  return sum;
}

double NoncentralChiSquareCritical(double p, double df, double noncentrality) {
  if (!(df > 0.0) || !(noncentrality >= 0.0)) return kNan;
  return Invert(p, [&](double x) { return NoncentralChiSquareSurvival(x, df, noncentrality); });
}

double ChiSquareCritical(double p, double df) {
  if (!(df > 0.0)) return kNan;
  return Invert(p, [&](double x) { return ChiSquareSurvival(x, df); });
}

double FCritical(double p, double df1, double df2) {
  if (!(df1 > 0.0) || !(df2 > 0.0)) return kNan;
  return Invert(p, [&](double x) { return FSurvival(x, df1, df2); });
}

}  // namespace farrell::numeric
