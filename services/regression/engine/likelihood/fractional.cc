#include "services/regression/engine/likelihood/fractional.h"

#include <cmath>

#include "common/numeric/distributions.h"
#include "common/numeric/elementary.h"
#include "common/numeric/normal_tail.h"
#include "services/regression/engine/likelihood/average_effects.h"
#include "services/regression/engine/likelihood/likelihood_estimators.h"
#include "services/regression/engine/likelihood/likelihood_rows.h"

namespace farrell::regression {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

RowTerms FractionalKernel::operator()(Index row, double m) const {
  const double y = y_(row);
  if (link_ == Link::kLogit) {
    // log G(m) = min(m, 0) - log(1 + exp(-|m|)); the smaller of G and 1 - G without cancellation.
    const double e = numeric::Exp(-std::fabs(m));
    const double rest = numeric::Log1p(e);
    const double small = e / (1.0 + e);
    const double up = m > 0.0 ? 1.0 - small : small;
    const double down = m > 0.0 ? small : 1.0 - small;
    const double value = y * (m < 0.0 ? m : 0.0) - (1.0 - y) * (m > 0.0 ? m : 0.0) - rest;
    return {value, y * down - (1.0 - y) * up, 0.0, up * down, 0.0, 0.0};
  }
  const numeric::NormalTail below = numeric::UpperTail(-m);
  const numeric::NormalTail above = numeric::UpperTail(m);
  return {y * below.log_mass + (1.0 - y) * above.log_mass,
          y * below.hazard - (1.0 - y) * above.hazard,
          0.0,
          y * below.hazard * below.excess + (1.0 - y) * above.hazard * above.excess,
          0.0,
          0.0};
}

ResponseMean MeanResponse(Link link, double m) {
  if (link == Link::kLogit) {
    const double e = numeric::Exp(-std::fabs(m));
    const double small = e / (1.0 + e);
    const double density = small * (1.0 - small);
    const double mean = m > 0.0 ? 1.0 - small : small;
    return {mean, density, density * (1.0 - 2.0 * mean)};
  }
  const double density = numeric::Exp(numeric::LogNormalDensity(m));
  return {numeric::NormalCdf(m), density, -m * density};
}

Result<Fitted> EstimateFractional(Design design, const EstimatorSpec& spec, const Environment& environment) {
  Index outside = 0;
  Index first = 0;
  for (Index row = design.y.size(); row-- > 0;) {
    if (design.y(row) >= 0.0 && design.y(row) <= 1.0) continue;
    ++outside;
    first = row;
  }
  if (outside > 0) {
    return InvalidArgument("ESTIMATOR_INVALID", "fractional responses lie in [0, 1]")
        .WithViolations({{"formula", std::to_string(outside) + " outcomes lie outside [0, 1], the first is " +
                                         std::to_string(design.y(first)) +
                                         "; divide by the largest possible value, or use tobit"}});
  }
  FARRELL_RETURN_IF_ERROR(PrepareDesign(design, spec));
  FARRELL_ASSIGN_OR_RETURN(const LikelihoodColumns columns, OrthonormalColumns(design, 0, environment));
  IndexObjective<FractionalKernel> objective(columns.q, columns.weights, false, false,
                                             FractionalKernel(design.y, spec.link), environment.stop);
  FARRELL_ASSIGN_OR_RETURN(const Maximum maximum,
                           Maximise(objective, VectorXd::Zero(columns.q.cols()), NewtonOptions{}, environment.stop));
  FARRELL_RETURN_IF_ERROR(CheckSeparation(maximum.information, columns, design, "outcomes of zero or of one"));
  if (!maximum.converged) {
    return FailedPrecondition("NOT_CONVERGED", "the fractional regression did not reach its maximum in " +
                                                   std::to_string(maximum.iterations) +
                                                   " iterations; rescale or leave out regressors");
  }
  LikelihoodResult result;
  result.coefficients = columns.r.triangularView<Eigen::Upper>().solve(maximum.at);
  FARRELL_ASSIGN_OR_RETURN(const MatrixXd root, UpperRoot(maximum.information));
  result.root = root.triangularView<Eigen::Upper>() * columns.r;
  result.scores = objective.Scores() * columns.r;
  result.log_likelihood = maximum.value;
  result.convergence = {"newton", maximum.iterations, maximum.decrement};

  const VectorXd index = columns.q * maximum.at;
  const Index rows = index.size();
  EffectFactor factor{VectorXd(rows), VectorXd(rows), MatrixXd(rows, 0)};
  result.residuals.resize(rows);
  for (Index row = 0; row < rows; ++row) {
    const ResponseMean response = MeanResponse(spec.link, index(row));
    result.residuals(row) = design.y(row) - response.mean;
    factor.factor(row) = response.density;
    factor.by_index(row) = response.slope;
  }
  Fitted fitted = MakeLikelihoodFit(std::move(design), spec, columns, {}, std::move(result));
  fitted.lower_bound_count = (fitted.design.y.array() == 0.0).count();
  fitted.upper_bound_count = (fitted.design.y.array() == 1.0).count();
  SetAverageEffects(fitted, factor);
  return fitted;
}

}  // namespace farrell::regression
