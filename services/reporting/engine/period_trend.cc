#include "services/reporting/engine/period_trend.h"

namespace farrell::reporting {

std::optional<double> PeriodTrend(const std::vector<std::int64_t>& periods,
                                  const std::vector<std::optional<double>>& values) {
  std::vector<double> x;
  std::vector<double> y;
  for (std::size_t i = 0; i < periods.size(); ++i) {
    if (!values[i]) continue;
    x.push_back(static_cast<double>(periods[i]));
    y.push_back(*values[i]);
  }
  if (x.size() < 3) return std::nullopt;
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) mean_x += x[i], mean_y += y[i];
  mean_x /= static_cast<double>(x.size());
  mean_y /= static_cast<double>(x.size());
  double xx = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  return xx > 0 ? std::optional(xy / xx) : std::nullopt;
}

}  // namespace farrell::reporting
