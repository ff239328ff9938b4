#include <algorithm>
#include <cmath>

#include "common/numeric/elementary.h"
#include "services/regression/engine/vcov/vcov.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// A leverage this close to one is one.
constexpr double kFullLeverage = 1e-9;

// Rows taken together, so that no copy of all scores is made.
constexpr Index kBlock = 4096;

// sum over rows of w_i^2 z_i z_i'.
MatrixXd WeightedCross(const MatrixXd& z, const VectorXd& w) {
  MatrixXd meat = MatrixXd::Zero(z.cols(), z.cols());
  for (Index row = 0; row < z.rows(); row += kBlock) {
    const Index count = std::min(kBlock, z.rows() - row);
    const MatrixXd block = w.segment(row, count).asDiagonal() * z.middleRows(row, count);
    meat.noalias() += block.transpose() * block;
  }
  return meat;
}

double Shrink(LeverageType type, double h, double mean) {
  const double rest = 1.0 - h;
  switch (type) {
    case LeverageType::kHc2: return std::sqrt(rest);
    case LeverageType::kHc3: return rest;
    case LeverageType::kHc4: return numeric::Pow(rest, 0.5 * std::min(4.0, h / mean));
  }
  return rest;
}

}  // namespace

MatrixXd WhiteMeat(const Fitted& fitted) {
  if (fitted.likelihood_scores.size() == 0) return WeightedCross(fitted.solution.q, fitted.solution.residuals);
  return fitted.likelihood_scores.transpose() * fitted.likelihood_scores;
}

Result<LeverageMeat> HcMeat(const Fitted& fitted, LeverageType type, bool effects_in_leverage) {
  VectorXd leverage = fitted.solution.q.rowwise().squaredNorm();
  if (effects_in_leverage && !fitted.within.empty()) {
    FARRELL_ASSIGN_OR_RETURN(const VectorXd effects, fitted.within.Leverage());
    leverage += effects;
  }
  const double mean = leverage.mean();
  LeverageMeat result;
  VectorXd residuals = fitted.solution.residuals;
  for (Index row = 0; row < residuals.size(); ++row) {
    if (1.0 - leverage(row) < kFullLeverage) {
      residuals(row) = 0.0;
      ++result.full_leverage_rows;
    } else {
      residuals(row) /= Shrink(type, leverage(row), mean);
    }
  }
  result.meat = WeightedCross(fitted.solution.q, residuals);
  return result;
}

}  // namespace farrell::regression
