// Which estimator, with its options.
#pragma once

#include <cstdint>
#include <optional>

namespace farrell::regression {

enum class Estimator {
  kDefault,
  kOls,
  kWithin,
  kBetween,
  kFirstDifference,
  kRandomEffects,
  kCorrelatedRandomEffects,
  kTwoStageLeastSquares,
  kLiml,
  kTobit,
  kTruncated,
  kFractional,
  kPoisson
};

// kBaltagiChang: Swamy & Arora with weighted unit means where the panel is not balanced.
enum class RandomEffectsMethod { kSwamyArora, kWallaceHussain, kAmemiya, kNerlove, kBaltagiChang };
enum class Link { kLogit, kProbit };

// Fields an estimator does not use are ignored by it; the service refuses them where they are set.
struct EstimatorSpec {
  Estimator kind = Estimator::kDefault;
  RandomEffectsMethod random_effects = RandomEffectsMethod::kSwamyArora;
  // Tobit and truncated: bounds of the outcome; unset: none on that side.
  std::optional<double> lower;
  std::optional<double> upper;
  Link link = Link::kLogit;
  // Tobit, truncated, fractional: unit means of the regressors are added.
  bool mundlak = false;
  // Tobit: a normal random effect a unit, by Gauss-Hermite quadrature.
  bool unit_effects = false;
  int quadrature_points = 24;
};

// Least squares on rows that may have been transformed: leverages, deletion of clusters and restricted residuals mean
// what they mean for OLS.
inline bool IsLeastSquares(Estimator kind) {
  return kind == Estimator::kOls || kind == Estimator::kWithin || kind == Estimator::kBetween ||
         kind == Estimator::kFirstDifference || kind == Estimator::kRandomEffects ||
         kind == Estimator::kCorrelatedRandomEffects;
}
inline bool IsInstrumental(Estimator kind) {
  return kind == Estimator::kTwoStageLeastSquares || kind == Estimator::kLiml;
}
inline bool IsLikelihood(Estimator kind) {
  return kind == Estimator::kTobit || kind == Estimator::kTruncated || kind == Estimator::kFractional ||
         kind == Estimator::kPoisson;
}

}  // namespace farrell::regression
