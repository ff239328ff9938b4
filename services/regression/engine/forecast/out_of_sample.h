// Every transition predicted from the other periods, and what that says about a penalty.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/environment.h"
#include "services/regression/engine/forecast/early_warning.h"
#include "services/regression/engine/forecast/transitions.h"

namespace farrell::regression {

// 20 values from 1000 to 0.01, equal steps in logs.
std::vector<double> PenaltyGrid();

// One row a transition, one column a penalty: log odds from the transitions of the other periods.
Result<Eigen::MatrixXd> PredictOutOfSample(const Transitions& transitions, const std::vector<double>& penalties,
                                           const Environment& environment);

// Position of the penalty: the first (they decrease) whose mean log score is within one standard error of the best. The
// standard error is that of a mean over periods, each weighing as its transitions: sqrt(sum n_t (s_t - s)^2 / n /
// (T - 1)).
std::size_t ChoosePenalty(const Transitions& transitions, const Eigen::MatrixXd& log_odds);

// Fills Brier scores, calibration and fifths from the log odds of every transition.
Status Judge(const Transitions& transitions, const Eigen::VectorXd& log_odds, const Environment& environment,
             EarlyWarningResult& result);

}  // namespace farrell::regression
