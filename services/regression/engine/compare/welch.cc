// Equality of independent estimates with unequal variances (Welch 1951; Cochran 1954).
#include <cmath>

#include "common/numeric/distributions.h"
#include "services/regression/engine/compare.h"

namespace farrell::regression {

JointEquality WelchTest(const std::vector<double>& estimates, const std::vector<double>& variances,
                        const std::vector<double>& df) {
  const auto k = static_cast<double>(estimates.size());
  double total = 0.0;
  double mean = 0.0;
  for (std::size_t g = 0; g < estimates.size(); ++g) {
    total += 1.0 / variances[g];
    mean += estimates[g] / variances[g];
  }
  mean /= total;
  double q = 0.0;
  double lambda = 0.0;
  for (std::size_t g = 0; g < estimates.size(); ++g) {
    const double share = 1.0 / variances[g] / total;
    q += (estimates[g] - mean) * (estimates[g] - mean) / variances[g];
    lambda += (1.0 - share) * (1.0 - share) / df[g];
  }
  JointEquality joint;
  joint.cochran_q = q;
  JointTest test;
  test.df1 = k - 1.0;
  test.df2 = (k * k - 1.0) / (3.0 * lambda);
  test.statistic = q / (k - 1.0) / (1.0 + 2.0 * (k - 2.0) / (k * k - 1.0) * lambda);
  test.p_value = numeric::FSurvival(test.statistic, test.df1, test.df2);
  if (std::isfinite(test.statistic) && std::isfinite(test.p_value)) joint.test = test;
  return joint;
}

}  // namespace farrell::regression
