#include <cmath>
#include <utility>

#include "common/numeric/elementary.h"
#include "common/numeric/normal_tail.h"
#include "services/regression/engine/likelihood/average_effects.h"
#include "services/regression/engine/likelihood/likelihood_estimators.h"
#include "services/regression/engine/likelihood/likelihood_rows.h"
#include "services/regression/engine/likelihood/truncated.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

// The standard normal between a and b: mean, variance, and the derivatives of the variance by a and b.
struct Moments {
  double mean = 0.0;
  double variance = 1.0;
  double by_lower = 0.0;
  double by_upper = 0.0;
};

// Var' = p_a (Var - (E - a)^2) da - p_b (Var - (b - E)^2) db, p the densities at the bounds.
Moments TruncatedMoments(double a, double b) {
  const bool below = std::isfinite(a);
  const bool above = std::isfinite(b);
  Moments moments;
  if (below && above) {
    const numeric::NormalInterval interval = numeric::Interval(a, b);
    const double pa = interval.lower_density;
    const double pb = interval.upper_density;
    moments.mean = pa - pb;
    moments.variance = 1.0 + a * pa - b * pb - moments.mean * moments.mean;
    moments.by_lower = pa * (moments.variance - (moments.mean - a) * (moments.mean - a));
    moments.by_upper = -pb * (moments.variance - (b - moments.mean) * (b - moments.mean));
  } else if (below || above) {
    const numeric::NormalTail tail = numeric::UpperTail(below ? a : -b);
    const double change = tail.hazard * (tail.variance - tail.excess * tail.excess);
    moments.mean = below ? tail.hazard : -tail.hazard;
    moments.variance = tail.variance;
    (below ? moments.by_lower : moments.by_upper) = below ? change : -change;
  }
  return moments;
}

}  // namespace

Result<Fitted> EstimateTruncated(Design design, const EstimatorSpec& spec, const Environment& environment) {
  Bounds bounds{spec.lower, spec.upper};
  if (!bounds.lower && !bounds.upper) bounds.lower = 0.0;
  if (bounds.lower && bounds.upper && !(*bounds.lower < *bounds.upper)) {
    return InvalidArgument("ESTIMATOR_INVALID", "the bounds leave no room")
        .WithViolations({{"options.upper", "the upper bound must be above the lower bound"}});
  }
  std::vector<char> keep(design.rows.size(), 1);
  std::size_t kept = 0;
  for (std::size_t row = 0; row < keep.size(); ++row) {
    const double y = design.y(static_cast<Index>(row));
    keep[row] = (!bounds.lower || y > *bounds.lower) && (!bounds.upper || y < *bounds.upper) ? 1 : 0;
    kept += static_cast<std::size_t>(keep[row]);
  }
  if (kept == 0) {
    return FailedPrecondition("NO_OBSERVATIONS", "no outcome lies between the bounds of the truncation; change them");
  }
  KeepRows(design, keep, "out_of_bounds");
  FARRELL_RETURN_IF_ERROR(PrepareDesign(design, spec));
  FARRELL_ASSIGN_OR_RETURN(const LikelihoodColumns columns, OrthonormalColumns(design, 1, environment));
  const auto regression = TruncatedRegression::FromFactors(columns.q, columns.r, bounds, columns.weights);
  FARRELL_ASSIGN_OR_RETURN(TruncatedFit fit, regression.Fit(design.y, {}, environment.stop));

  const VectorXd index = columns.x * fit.coefficients;
  const Index rows = index.size();
  LikelihoodResult result;
  EffectFactor factor{VectorXd(rows), VectorXd(rows), Eigen::MatrixXd(rows, 1)};
  result.residuals.resize(rows);
  for (Index row = 0; row < rows; ++row) {
    const double a = bounds.lower ? (*bounds.lower - index(row)) / fit.sigma : -HUGE_VAL;
    const double b = bounds.upper ? (*bounds.upper - index(row)) / fit.sigma : HUGE_VAL;
    const Moments moments = TruncatedMoments(a, b);
    result.residuals(row) = design.y(row) - index(row) - fit.sigma * moments.mean;
    factor.factor(row) = moments.variance;
    factor.by_index(row) = -(moments.by_lower + moments.by_upper) / fit.sigma;
    factor.by_scale(row, 0) =
        -((bounds.lower ? a * moments.by_lower : 0.0) + (bounds.upper ? b * moments.by_upper : 0.0));
  }
  result.coefficients.resize(fit.coefficients.size() + 1);
  result.coefficients << fit.coefficients, numeric::Log(fit.sigma);
  result.root = std::move(fit.root);
  result.scores = std::move(fit.scores);
  result.log_likelihood = fit.log_likelihood;
  result.convergence = {"scoring", fit.iterations, fit.decrement};
  Fitted fitted = MakeLikelihoodFit(std::move(design), spec, columns, {"log(sigma)"}, std::move(result));
  SetAverageEffects(fitted, factor);
  return fitted;
}

}  // namespace farrell::regression
