#include <cmath>
#include <utility>

#include "common/numeric/distributions.h"
#include "common/numeric/elementary.h"
#include "common/numeric/normal_tail.h"
#include "services/regression/engine/likelihood/average_effects.h"
#include "services/regression/engine/likelihood/likelihood_estimators.h"
#include "services/regression/engine/likelihood/likelihood_rows.h"
#include "services/regression/engine/likelihood/random_tobit.h"
#include "services/regression/engine/likelihood/tobit.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

double Density(double z) { return std::isfinite(z) ? numeric::Exp(numeric::LogNormalDensity(z)) : 0.0; }

// Effects and residuals of the censored mean E = l P(a) + u Q(b) + m (P(b) - P(a)) + s (p(a) - p(b)) with a = (l - m)/s
// and b = (u - m)/s: dE/dm = P(b) - P(a).
EffectFactor CensoredMeans(const VectorXd& index, double sigma, const Bounds& bounds, const VectorXd& y,
                           VectorXd& residuals) {
  const Index rows = index.size();
  EffectFactor factor{VectorXd(rows), VectorXd(rows), MatrixXd(rows, 1)};
  residuals.resize(rows);
  for (Index row = 0; row < rows; ++row) {
    const double a = bounds.lower ? (*bounds.lower - index(row)) / sigma : -HUGE_VAL;
    const double b = bounds.upper ? (*bounds.upper - index(row)) / sigma : HUGE_VAL;
    const double below = bounds.lower ? numeric::NormalCdf(a) : 0.0;
    const double above = bounds.upper ? numeric::NormalSurvival(b) : 0.0;
    const double pa = Density(a);
    const double pb = Density(b);
    const double inside = 1.0 - below - above;
    double mean = index(row) * inside + sigma * (pa - pb);
    if (bounds.lower) mean += *bounds.lower * below;
    if (bounds.upper) mean += *bounds.upper * above;
    residuals(row) = y(row) - mean;
    factor.factor(row) = inside;
    factor.by_index(row) = (pa - pb) / sigma;
    factor.by_scale(row, 0) = (bounds.lower ? a * pa : 0.0) - (bounds.upper ? b * pb : 0.0);
  }
  return factor;
}

Status CheckBounds(const Bounds& bounds) {
  if (!bounds.lower || !bounds.upper || *bounds.lower < *bounds.upper) return Status::Ok();
  return InvalidArgument("ESTIMATOR_INVALID", "the bounds leave no room")
      .WithViolations({{"options.upper", "the upper bound must be above the lower bound"}});
}

Status NotConverged(const std::string& what) {
  return FailedPrecondition("NOT_CONVERGED", what +
                                                 " did not reach its maximum: the regressors reproduce the outcomes "
                                                 "that are not censored, or the scale of a column is extreme; leave "
                                                 "out regressors or rescale them");
}

}  // namespace

Result<Fitted> EstimateTobit(Design design, const EstimatorSpec& spec, const Environment& environment) {
  Bounds bounds{spec.lower, spec.upper};
  if (!bounds.lower && !bounds.upper) bounds.lower = 0.0;
  FARRELL_RETURN_IF_ERROR(CheckBounds(bounds));
  FARRELL_RETURN_IF_ERROR(PrepareDesign(design, spec));
  std::int64_t low = 0;
  std::int64_t high = 0;
  for (const double y : design.y) {
    low += bounds.lower && y <= *bounds.lower ? 1 : 0;
    high += bounds.upper && y >= *bounds.upper ? 1 : 0;
  }
  if (low + high == design.y.size()) {
    return FailedPrecondition("NOT_IDENTIFIED", "every outcome is censored; change the bounds or use fractional");
  }
  FARRELL_ASSIGN_OR_RETURN(const LikelihoodColumns columns,
                           OrthonormalColumns(design, spec.unit_effects ? 2 : 1, environment));
  FARRELL_ASSIGN_OR_RETURN(std::optional<LocationScaleFit> pooled,
                           FitTobit(design.y, columns.q, columns.r, columns.weights, bounds, environment.stop));
  if (!pooled) return NotConverged("the censored regression");
  // In the coordinates of q, and in units of sigma.
  const Index estimated = columns.q.cols();
  const MatrixXd gamma_root = columns.r.transpose()
                                  .triangularView<Eigen::Lower>()
                                  .solve(pooled->root.topLeftCorner(estimated, estimated).transpose() * pooled->sigma)
                                  .transpose();
  FARRELL_RETURN_IF_ERROR(CheckSeparation(gamma_root.transpose() * gamma_root, columns, design, "censored rows"));

  LikelihoodResult result;
  VectorXd slopes = pooled->coefficients;
  double sigma = pooled->sigma;
  std::optional<VarianceComponents> components;
  std::optional<RandomTobitFit> random;
  if (spec.unit_effects) {
    FARRELL_ASSIGN_OR_RETURN(
        random, FitRandomTobit(design, columns, bounds, *pooled, spec.quadrature_points, environment.stop));
    if (!random) return NotConverged("the censored regression with unit effects");
    components.emplace();
    components->idiosyncratic = random->sigma_e;
    components->unit = random->sigma_u;
    slopes = random->coefficients;
    sigma = std::sqrt(random->sigma_e * random->sigma_e + random->sigma_u * random->sigma_u);
    result.coefficients.resize(random->root.rows());
    result.coefficients.head(estimated) = slopes;
    result.coefficients(estimated) = numeric::Log(random->sigma_e);
    if (random->sigma_u > 0.0) result.coefficients(estimated + 1) = numeric::Log(random->sigma_u);
    result.root = random->root;
    result.scores = random->scores;
    result.log_likelihood = random->log_likelihood;
    result.convergence = {"newton, adaptive quadrature", random->iterations, random->decrement};
  } else {
    result.coefficients.resize(estimated + 1);
    result.coefficients << slopes, numeric::Log(sigma);
    result.root = pooled->root;
    result.scores = pooled->scores;
    result.log_likelihood = pooled->log_likelihood;
    result.convergence = {"newton", pooled->iterations, pooled->decrement};
  }
  EffectFactor factor = CensoredMeans(columns.x * slopes, sigma, bounds, design.y, result.residuals);
  if (random && random->sigma_u > 0.0) {
    // log sigma = log(sigma_e^2 + sigma_u^2) / 2.
    const double share = random->sigma_u * random->sigma_u / (sigma * sigma);
    const VectorXd by_sigma = factor.by_scale.col(0);
    factor.by_scale.resize(by_sigma.size(), 2);
    factor.by_scale << (1.0 - share) * by_sigma, share * by_sigma;
  }
  const std::vector<std::string> scales = spec.unit_effects ? std::vector<std::string>{"log(sigma)", "log(sigma_u)"}
                                                            : std::vector<std::string>{"log(sigma)"};
  Fitted fitted = MakeLikelihoodFit(std::move(design), spec, columns, scales, std::move(result));
  fitted.lower_bound_count = low;
  fitted.upper_bound_count = high;
  fitted.components = std::move(components);
  SetAverageEffects(fitted, factor);
  return fitted;
}

}  // namespace farrell::regression
