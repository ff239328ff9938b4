#include <algorithm>

#include "services/regression/engine/curve/curve.h"
#include "services/regression/engine/curve/median.h"

namespace farrell::regression {

CurveSummary SummariseCurve(const std::vector<CurveEntry>& entries, double confidence_level) {
  CurveSummary summary;
  std::vector<double> estimates;
  for (std::size_t k = 0; k < entries.size(); ++k) {
    if (!entries[k].estimate) continue;
    summary.order.push_back(k);
    estimates.push_back(*entries[k].estimate);
  }
  summary.estimated = static_cast<std::int64_t>(estimates.size());
  if (estimates.empty()) return summary;
  std::stable_sort(summary.order.begin(), summary.order.end(),
                   [&](std::size_t a, std::size_t b) { return *entries[a].estimate < *entries[b].estimate; });
  summary.min = entries[summary.order.front()].estimate;
  summary.max = entries[summary.order.back()].estimate;
  const double median = Median(estimates);
  summary.median = median;
  double positive = 0.0;
  double tested = 0.0;
  double significant = 0.0;
  double with_sign = 0.0;
  for (const std::size_t k : summary.order) {
    const double estimate = *entries[k].estimate;
    if (estimate > 0.0) positive += 1.0;
    const std::optional<double>& p_value = entries[k].term_inference.p_value;
    if (!p_value) continue;
    tested += 1.0;
    if (!(*p_value < 1.0 - confidence_level)) continue;
    significant += 1.0;
    if ((estimate > 0.0 && median > 0.0) || (estimate < 0.0 && median < 0.0)) with_sign += 1.0;
  }
  summary.positive_share = positive / static_cast<double>(estimates.size());
  if (tested > 0.0) {
    summary.significant_share = significant / tested;
    summary.significant_with_median_sign_share = with_sign / tested;
  }
  return summary;
}

}  // namespace farrell::regression
