#include "services/regression/engine/fitted.h"

#include <limits>
#include <utility>

namespace farrell::regression {
namespace {

// Residuals below a few units in the last place of y are rounding: the terms reproduce y.
constexpr double kExact = 10.0 * std::numeric_limits<double>::epsilon();

}  // namespace

Eigen::MatrixXd ScoreRows(const Fitted& fitted) {
  if (fitted.likelihood_scores.size() > 0) return fitted.likelihood_scores;
  return fitted.solution.residuals.asDiagonal() * fitted.solution.q;
}

void WeightRows(Eigen::MatrixXd& columns, const Eigen::VectorXd& weights) {
  if (weights.size() > 0) columns = weights.cwiseSqrt().asDiagonal() * columns;
}

Result<Fitted> EstimateLeastSquares(Design design, const std::stop_token& stop) {
  Fitted fitted;
  fitted.estimator.kind = design.effects.empty() ? Estimator::kOls : Estimator::kWithin;
  fitted.within = Within::Make(design.effects, design.rows.size(), design.weights);
  Eigen::MatrixXd x = design.x;
  Eigen::MatrixXd y = design.y;
  WeightRows(x, design.weights);
  WeightRows(y, design.weights);
  const double length = y.norm();
  Eigen::VectorXd norms(x.cols());
  for (Eigen::Index c = 0; c < x.cols(); ++c) norms(c) = x.col(c).stableNorm();
  FARRELL_RETURN_IF_ERROR(fitted.within.Demean(x, stop));
  FARRELL_RETURN_IF_ERROR(fitted.within.Demean(y, stop));
  fitted.y_within = y.col(0);
  fitted.solution = SolveLeastSquares(x, fitted.y_within, norms);
  if (fitted.solution.residuals.norm() <= kExact * length) fitted.solution.residuals.setZero();
  fitted.residual_df = static_cast<std::int64_t>(design.rows.size()) - static_cast<std::int64_t>(fitted.parameters()) -
                       (fitted.within.level_count() - fitted.within.redundant_count());
  fitted.design = std::move(design);
  return fitted;
}

}  // namespace farrell::regression
