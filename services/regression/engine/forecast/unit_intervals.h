// Intervals of predicted probabilities from units drawn with replacement.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/environment.h"
#include "services/regression/engine/forecast/early_warning.h"
#include "services/regression/engine/forecast/transitions.h"

namespace farrell::regression {

struct ProbabilityInterval {
  double low = 0.0;
  double high = 0.0;
};

// Percentile intervals (quantiles of type 7, Hyndman & Fan 1996), widened for the number of units as Hesterberg (2015)
// does, one a row of `listed`. `x` and `listed` are
// standardised. Replication r draws unit j of n by the random number (seed, r, j).
Result<std::vector<ProbabilityInterval>> BootstrapProbabilities(const Transitions& transitions,
                                                                const Eigen::MatrixXd& x, const Eigen::MatrixXd& listed,
                                                                double penalty, const EarlyWarningSpec& spec,
                                                                const Environment& environment);

}  // namespace farrell::regression
