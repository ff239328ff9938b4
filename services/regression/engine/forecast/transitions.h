// What units showed in one period, and whether they saw the event in the next.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "services/regression/engine/forecast/early_warning.h"
#include "services/regression/engine/levels.h"

namespace farrell::regression {

struct Transitions {
  // One row a transition, in the order of the panel: predictors of the earlier period, the event of the later one.
  Eigen::MatrixXd x;
  Eigen::VectorXd event;
  Levels units;
  // By the later period.
  Levels periods;
  // The last period of the panel, and its rows that have all predictors.
  std::int64_t last_period = 0;
  std::vector<std::string> listed;
  Eigen::MatrixXd listed_x;
};

// Errors of WarnEarly but NOT_CONVERGED.
Result<Transitions> MakeTransitions(const Panel& panel, const EarlyWarningSpec& spec);

}  // namespace farrell::regression
