#include "services/reporting/engine/projection.h"

#include <algorithm>

#include "common/numeric/elementary.h"

namespace farrell::reporting {

double ChangeFactor(double change, double slope) { return numeric::Exp(slope * numeric::Log1p(change)); }

AtSlopePoints SlopeOf(const FitFacts& fit, const std::string& term) {
  for (std::size_t i = 0; i < fit.terms.size(); ++i) {
    if (fit.terms[i].name != term || fit.inferences.empty()) continue;
    const TermInferenceFacts& inference = fit.inferences.front().terms.at(i);
    return {fit.terms[i].estimate, inference.conf_low, inference.conf_high};
  }
  return {};
}

Movement::Movement(const std::vector<MovedRow>& rows) {
  std::map<std::string, std::int64_t> counts;
  for (const MovedRow& row : rows) {
    means_[row.unit] += row.value;
    ++counts[row.unit];
  }
  for (auto& [unit, sum] : means_) sum /= static_cast<double>(counts[unit]);
  lowest_ = highest_ = Deviation(rows.front().unit, rows.front().value);
  for (const MovedRow& row : rows) {
    const double deviation = Deviation(row.unit, row.value);
    lowest_ = std::min(lowest_, deviation);
    highest_ = std::max(highest_, deviation);
  }
}

}  // namespace farrell::reporting
