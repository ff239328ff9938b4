#include "services/regression/engine/term_inference.h"

#include <cmath>

#include "common/numeric/distributions.h"

namespace farrell::regression {

TermInference InferenceOf(double estimate, double std_error, double df, double confidence_level) {
  TermInference inference;
  if (!(std_error > 0.0) || !std::isfinite(std_error) || !(df > 0.0)) return inference;
  const double quantile = numeric::StudentTQuantile(0.5 + 0.5 * confidence_level, df);
  if (!std::isfinite(estimate / std_error) || !std::isfinite(std::fabs(estimate) + quantile * std_error)) {
    return inference;
  }
  inference.std_error = std_error;
  inference.df = df;
  inference.statistic = estimate / std_error;
  inference.p_value = numeric::StudentTTwoSided(estimate / std_error, df);
  inference.conf_low = estimate - quantile * std_error;
  inference.conf_high = estimate + quantile * std_error;
  return inference;
}

TermInference InferenceOf(double estimate, const Eigen::VectorXd& gradient, const InferenceResult& inference,
                          double confidence_level) {
  if (inference.vcov.rows() != gradient.size()) return {};
  const double variance = gradient.dot(inference.vcov * gradient);
  return InferenceOf(estimate, std::sqrt(variance), inference.df, confidence_level);
}

}  // namespace farrell::regression
