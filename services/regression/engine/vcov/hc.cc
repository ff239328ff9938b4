#include <cmath>

#include "services/regression/engine/vcov/vcov.h"

namespace farrell::regression {
namespace {

// A leverage this close to one is one.
constexpr double kFullLeverage = 1e-9;

}  // namespace

Eigen::MatrixXd Hc0Scores(const Fitted& fitted) { return fitted.solution.residuals.asDiagonal() * fitted.solution.q; }

Result<Hc3> Hc3Scores(const Fitted& fitted) {
  FARRELL_ASSIGN_OR_RETURN(Eigen::VectorXd leverage, fitted.within.Leverage());
  leverage += fitted.solution.q.rowwise().squaredNorm();
  Hc3 result;
  Eigen::VectorXd residuals = fitted.solution.residuals;
  for (Eigen::Index row = 0; row < residuals.size(); ++row) {
    const double rest = 1.0 - leverage(row);
    if (rest < kFullLeverage) {
      residuals(row) = 0.0;
      ++result.full_leverage_rows;
    } else {
      residuals(row) /= rest;
    }
  }
  result.scores = residuals.asDiagonal() * fitted.solution.q;
  return result;
}

}  // namespace farrell::regression
