#include "services/regression/engine/fitted.h"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace farrell::regression {
namespace {

// Residuals below a few units in the last place of y are rounding: the terms reproduce y.
constexpr double kExact = 10.0 * std::numeric_limits<double>::epsilon();

// The fast sum of squares where it neither overflows nor vanishes.
double Length(const Eigen::Ref<const Eigen::VectorXd>& column) {
  const double square = column.squaredNorm();
  return square > 1e-200 && square < 1e200 ? std::sqrt(square) : column.stableNorm();
}

}  // namespace

Eigen::MatrixXd ScoreRows(const Fitted& fitted) {
  if (fitted.likelihood_scores.size() > 0) return fitted.likelihood_scores;
  return fitted.solution.residuals.asDiagonal() * fitted.solution.q;
}

void WeightRows(Eigen::MatrixXd& columns, const Eigen::VectorXd& weights) {
  if (weights.size() > 0) columns = weights.cwiseSqrt().asDiagonal() * columns;
}

Result<Fitted> EstimateLeastSquares(Design design, const Environment& environment) {
  Fitted fitted;
  fitted.estimator.kind = design.effects.empty() ? Estimator::kOls : Estimator::kWithin;
  fitted.within = Within::Make(design.effects, design.rows.size(), design.weights, environment);
  Eigen::MatrixXd x = design.x;
  fitted.y_within = design.y;
  if (design.weights.size() > 0) {
    WeightRows(x, design.weights);
    fitted.y_within.array() *= design.weights.array().sqrt();
  }
  const double length = fitted.y_within.norm();
  Eigen::VectorXd norms(x.cols());
  std::vector<double*> columns = {fitted.y_within.data()};
  for (Eigen::Index c = 0; c < x.cols(); ++c) {
    norms(c) = Length(x.col(c));
    columns.push_back(x.col(c).data());
  }
  if (!fitted.within.empty()) {
    fitted.convergence.emplace();
    FARRELL_RETURN_IF_ERROR(fitted.within.Demean(columns, environment, &*fitted.convergence));
  }
  fitted.solution = SolveLeastSquares(std::move(x), fitted.y_within, norms, environment);
  if (environment.stop.stop_requested()) return Cancelled();
  if (fitted.solution.residuals.norm() <= kExact * length) fitted.solution.residuals.setZero();
  fitted.residual_df = static_cast<std::int64_t>(design.rows.size()) - static_cast<std::int64_t>(fitted.parameters()) -
                       (fitted.within.level_count() - fitted.within.redundant_count());
  fitted.design = std::move(design);
  return fitted;
}

Result<Fitted> EstimateLeastSquares(Design design, const std::stop_token& stop) {
  Environment environment;
  environment.stop = stop;
  return EstimateLeastSquares(std::move(design), environment);
}

}  // namespace farrell::regression
