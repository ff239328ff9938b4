#include "services/regression/engine/fitted.h"

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "services/regression/engine/large_pages.h"

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
  // Column by column, y the last: copied, weighted and measured by the thread that touches its memory first.
  Eigen::VectorXd root_weights;
  if (design.weights.size() > 0) root_weights = design.weights.cwiseSqrt();
  const Eigen::Index terms = design.x.cols();
  Eigen::MatrixXd x(design.x.rows(), terms);
  fitted.y_within.resize(design.y.size());
  PreferLargePages(x.data(), sizeof(double) * static_cast<std::size_t>(x.size()));
  PreferLargePages(fitted.y_within.data(), sizeof(double) * static_cast<std::size_t>(fitted.y_within.size()));
  Eigen::VectorXd norms(terms);
  double length = 0.0;
  const auto take = [&](const Eigen::Ref<const Eigen::VectorXd>& from, Eigen::Ref<Eigen::VectorXd> to) {
    to = from;
    if (root_weights.size() > 0) to.array() *= root_weights.array();
  };
  const auto copy = [&](std::int64_t first, std::int64_t last) {
    for (Eigen::Index c = first; c < last; ++c) {
      if (c < terms) {
        take(design.x.col(c), x.col(c));
        norms(c) = Length(x.col(c));
      } else {
        take(design.y, fitted.y_within);
        length = fitted.y_within.norm();
      }
    }
  };
  if (environment.parallel) {
    environment.parallel(terms + 1, copy);
  } else {
    copy(0, terms + 1);
  }
  std::vector<double*> columns = {fitted.y_within.data()};
  for (Eigen::Index c = 0; c < terms; ++c) columns.push_back(x.col(c).data());
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
