#include "services/regression/engine/fit_description.h"

#include <cmath>

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

void Warn(FitResult& result, std::string code, std::string text) {
  result.warnings.push_back({std::move(code), std::move(text)});
}

// Of y around its mean with a constant or effects, around zero else; weighted where rows are.
double TotalVariation(const Design& design, bool centred) {
  if (design.weights.size() == 0) {
    const double mean = centred ? design.y.mean() : 0.0;
    return (design.y.array() - mean).matrix().squaredNorm();
  }
  const double mean = centred ? design.weights.dot(design.y) / design.weights.sum() : 0.0;
  return design.weights.dot((design.y.array() - mean).square().matrix());
}

void MeasureFit(const Fitted& fitted, FitResult& result) {
  const Estimator kind = fitted.estimator.kind;
  // R2 of quasi-demeaned rows depends on the variance components, and likelihoods have none.
  if (IsLikelihood(kind) || kind == Estimator::kRandomEffects || kind == Estimator::kCorrelatedRandomEffects) return;
  const Design& design = fitted.design;
  const double rss = result.residual_sum_of_squares;
  const bool centred = design.has_constant || !design.effects.empty();
  const double total = TotalVariation(design, centred);
  // What rounding leaves of a constant response is no variation.
  const double floor = 1e-26 * design.y.squaredNorm();
  if (total > floor) {
    result.r2 = 1.0 - rss / total;
    if (fitted.residual_df > 0) {
      const auto n = static_cast<double>(design.y.size() - (centred ? 1 : 0));
      result.adjusted_r2 = 1.0 - rss / total * n / static_cast<double>(fitted.residual_df);
    }
  }
  const double within = fitted.y_within.squaredNorm();
  if (!design.effects.empty() && within > floor) result.r2_within = 1.0 - rss / within;
}

void WarnAboutRows(const Fitted& fitted, FitResult& result) {
  if (result.missing_row_count > 0) {
    std::string text = std::to_string(result.missing_row_count) + " of " + std::to_string(result.row_count) +
                       " rows have a missing value and are left out:";
    const char* separator = " ";
    for (const auto& [column, count] : result.missing_by_column) {
      text += separator + column + " (" + std::to_string(count) + ")";
      separator = ", ";
    }
    Warn(result, "MISSING_ROWS_DROPPED", text + ".");
  }
  if (result.singleton_count > 0) {
    Warn(result, "SINGLETONS_DROPPED",
         std::to_string(result.singleton_count) + " rows are alone in a level of an effect and are left out.");
  }
  std::string collinear;
  for (const TermEstimate& term : result.terms) {
    if (!term.estimate) collinear += (collinear.empty() ? "" : ", ") + term.name;
  }
  if (!collinear.empty()) {
    Warn(result, "COLLINEAR_TERMS",
         "Not estimated because collinear with earlier terms or effects: " + collinear + ".");
  }
  if (result.outcome == "saturated") {
    Warn(result, "SATURATED", "As many parameters as observations: nothing is left to estimate the error from.");
  } else if (fitted.solution.residuals.isZero(0.0)) {
    Warn(result, "EXACT_FIT", "The terms reproduce the outcome up to rounding; no test is defined.");
  }
}

}  // namespace

void DescribeFit(const Fitted& fitted, const FitSpec& spec, const InferenceSpec& primary, FitResult& result) {
  const Design& design = fitted.design;
  const LeastSquares& solution = fitted.solution;
  result.formula = spec.formula.text;
  result.estimator = fitted.estimator;
  for (const std::string& name : design.names) result.terms.push_back({name, std::nullopt});
  for (std::size_t k = 0; k < solution.kept.size(); ++k) {
    result.terms[static_cast<std::size_t>(solution.kept[k])].estimate = solution.coefficients(static_cast<Index>(k));
  }
  result.observation_count = static_cast<std::int64_t>(design.rows.size());
  result.row_count = design.row_count;
  result.missing_row_count = design.missing_row_count;
  result.singleton_count = design.singleton_count;
  result.missing_by_column = design.missing_by_column;
  result.dropped = design.dropped;
  result.convergence = fitted.convergence;
  result.components = fitted.components;
  result.log_likelihood = fitted.log_likelihood;
  result.lower_bound_count = fitted.lower_bound_count;
  result.upper_bound_count = fitted.upper_bound_count;
  for (const Effect& effect : design.effects) {
    const bool nested =
        IsClustered(primary.type) && IsNested(effect.levels, design.classifications.at(primary.cluster));
    result.effects.push_back(
        {effect.name(), static_cast<std::int64_t>(effect.count()), nested, effect.slope_names, !effect.dummies});
  }
  result.residual_df = fitted.residual_df;
  result.residual_sum_of_squares = solution.residuals.squaredNorm();
  if (fitted.residual_df > 0) {
    result.sigma = std::sqrt(result.residual_sum_of_squares / static_cast<double>(fitted.residual_df));
  }
  result.outcome = "estimated";
  if (fitted.residual_df <= 0) result.outcome = "saturated";
  if (fitted.parameters() == 0) result.outcome = "no_coefficients";
  MeasureFit(fitted, result);
  WarnAboutRows(fitted, result);
}

Result<Observations> ObserveFit(const Fitted& fitted) {
  const Design& design = fitted.design;
  const LeastSquares& solution = fitted.solution;
  Observations observations;
  observations.rows = design.rows;
  VectorXd rest = design.y;
  if (!IsLikelihood(fitted.estimator.kind)) {
    for (Index k = 0; k < fitted.parameters(); ++k) {
      rest -= solution.coefficients(k) * design.x.col(solution.kept[static_cast<std::size_t>(k)]);
    }
  }
  observations.residuals = solution.residuals;
  if (design.weights.size() > 0) observations.residuals.array() /= design.weights.array().sqrt();
  if (fitted.components) observations.residuals = rest;
  observations.fitted = design.y - observations.residuals;
  if (fitted.within.empty() || IsLikelihood(fitted.estimator.kind)) return observations;
  if (design.weights.size() > 0) rest.array() *= design.weights.array().sqrt();
  FARRELL_ASSIGN_OR_RETURN(const std::vector<VectorXd> levels, fitted.within.Coefficients(rest));
  for (std::size_t e = 0; e < levels.size(); ++e) {
    const Effect& effect = design.effects[e];
    const auto count = static_cast<Index>(effect.count());
    std::vector<std::string> parts;
    if (effect.dummies) parts.push_back(effect.name());
    for (const std::string& slope : effect.slope_names) parts.push_back(effect.name() + ":" + slope);
    for (std::size_t part = 0; part < parts.size(); ++part) {
      for (Index level = 0; level < count; ++level) {
        observations.effect_levels.push_back({parts[part], effect.levels.labels[static_cast<std::size_t>(level)],
                                              levels[e](static_cast<Index>(part) * count + level)});
      }
    }
  }
  return observations;
}

}  // namespace farrell::regression
