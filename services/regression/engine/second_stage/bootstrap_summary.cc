#include "services/regression/engine/second_stage/bootstrap_summary.h"

#include <algorithm>
#include <cmath>

#include "common/numeric/distributions.h"
#include "common/numeric/quantile.h"
#include "services/regression/engine/widened_level.h"

namespace farrell::regression {

BootstrapEstimate Summarise(double estimate, std::vector<double> draws, double confidence_level) {
  std::sort(draws.begin(), draws.end());
  const auto count = static_cast<double>(draws.size());
  double mean = 0.0;
  for (const double draw : draws) mean += draw / count;
  double squares = 0.0;
  for (const double draw : draws) squares += (draw - mean) * (draw - mean);
  BootstrapEstimate result;
  result.estimate = estimate;
  result.std_error = std::sqrt(squares / (count - 1.0));
  if (result.std_error > 0.0) {
    result.statistic = estimate / result.std_error;
    result.p_value = 2.0 * numeric::NormalSurvival(std::fabs(*result.statistic));
  }
  const auto below = std::upper_bound(draws.begin(), draws.end(), 0.0) - draws.begin();
  const auto above = draws.end() - std::lower_bound(draws.begin(), draws.end(), 0.0);
  const auto smaller = static_cast<double>(std::min(below, above));
  result.bootstrap_p_value = std::min(1.0, 2.0 * (smaller + 1.0) / (count + 1.0));
  const double tail = 0.5 * (1.0 - confidence_level);
  result.conf_low = numeric::Quantile(draws, tail);
  result.conf_high = numeric::Quantile(draws, 1.0 - tail);
  result.recentred_low = 2.0 * estimate - result.conf_high;
  result.recentred_high = 2.0 * estimate - result.conf_low;
  return result;
}

std::vector<double> MarkedRows(const Eigen::Ref<const Eigen::VectorXd>& column, const std::vector<char>& marks) {
  std::vector<double> values;
  for (std::size_t row = 0; row < marks.size(); ++row) {
    if (marks[row] != 0) values.push_back(column(static_cast<Eigen::Index>(row)));
  }
  return values;
}

}  // namespace farrell::regression
