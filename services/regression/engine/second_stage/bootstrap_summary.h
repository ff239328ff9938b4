// Standard errors, p-values and intervals from replications.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

namespace farrell::regression {

struct BootstrapEstimate {
  double estimate = 0.0;
  // Standard deviation of the replications, divisor B - 1.
  double std_error = 0.0;
  // Unset where the standard error is 0.
  std::optional<double> statistic;
  std::optional<double> p_value;
  double bootstrap_p_value = 1.0;
  double conf_low = 0.0;
  double conf_high = 0.0;
  // 2 estimate - quantile (Simar & Wilson 2007, step 4; the basic bootstrap). Unset for the joint bootstrap.
  std::optional<double> recentred_low;
  std::optional<double> recentred_high;
  // Joint bootstrap: the estimate from scores against frontiers that the row's own unit does not span; statistic,
  // p-values and interval are about it.
  std::optional<double> bias_corrected;
};

// `draws`: at least two. Quantiles of type 7 (Hyndman & Fan 1996).
BootstrapEstimate Summarise(double estimate, std::vector<double> draws, double confidence_level);

// The marked rows of a column.
std::vector<double> MarkedRows(const Eigen::Ref<const Eigen::VectorXd>& column, const std::vector<char>& marks);

}  // namespace farrell::regression
