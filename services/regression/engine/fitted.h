// One estimated linear model with everything that standard errors, tests and bootstraps need.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <stop_token>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/design.h"
#include "services/regression/engine/least_squares.h"
#include "services/regression/engine/within.h"

namespace farrell::regression {

struct Fitted {
  Design design;
  Within within;
  // Of the columns with effects taken out; `solution.kept` are columns of design.x.
  LeastSquares solution;
  // y with effects taken out.
  Eigen::VectorXd y_within;
  // N - K - levels that are not redundant.
  std::int64_t residual_df = 0;

  Eigen::Index observations() const { return design.y.size(); }
  // Columns estimated, K.
  Eigen::Index parameters() const { return solution.coefficients.size(); }
};

// Takes out the effects and solves. Errors of Within::Demean.
Result<Fitted> Estimate(Design design, const std::stop_token& stop = {});

}  // namespace farrell::regression
