#include "services/regression/engine/likelihood/newton.h"

#include <Eigen/Cholesky>
#include <cmath>
#include <utility>

namespace farrell::regression {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kMaxHalvings = 60;
constexpr int kMaxRidges = 16;
// A step must bring this share of what the slope promises (Armijo 1966), unless that is less than rounding hides;
// values are known to kValueRounding only.
constexpr double kSufficient = 1e-4;
constexpr double kValueRounding = 1e-13;
// Below this decrement a step that no longer reduces it has met rounding, not a difficulty.
constexpr double kRoundingDecrement = 1e-6;

// Solves information * step = gradient, the diagonal raised until the matrix is positive definite.
VectorXd AscentStep(const MatrixXd& information, const VectorXd& gradient) {
  // Scaled to a unit diagonal, so that units decide nothing.
  const VectorXd scale = information.diagonal().cwiseAbs().cwiseMax(1e-300).cwiseSqrt().cwiseInverse();
  MatrixXd scaled = scale.asDiagonal() * information * scale.asDiagonal();
  const VectorXd target = scale.cwiseProduct(gradient);
  double ridge = 0.0;
  for (int attempt = 0; attempt < kMaxRidges; ++attempt) {
    MatrixXd raised = scaled;
    raised.diagonal().array() += ridge;
    ridge = ridge == 0.0 ? 1e-3 : 10.0 * ridge;
    const Eigen::LLT<MatrixXd> factor(raised);
    if (factor.info() != Eigen::Success) continue;
    const VectorXd step = factor.solve(target);
    if (step.allFinite() && step.dot(target) >= 0.0) return scale.cwiseProduct(step);
  }
  return VectorXd::Zero(gradient.size());
}

}  // namespace

Result<Maximum> Maximise(Objective& objective, const VectorXd& start, const NewtonOptions& options,
                         const std::stop_token& stop) {
  const Eigen::Index parameters = start.size();
  Maximum current;
  current.at = start;
  current.gradient.resize(parameters);
  current.information.resize(parameters, parameters);
  current.value = objective.Evaluate(current.at, current.gradient, current.information);
  if (stop.stop_requested()) return Cancelled();
  if (!std::isfinite(current.value)) return current;

  Maximum trial = current;
  double last_decrement = HUGE_VAL;
  while (true) {
    const VectorXd step = AscentStep(current.information, current.gradient);
    const double slope = step.dot(current.gradient);
    current.decrement = std::sqrt(std::max(0.0, slope));
    const bool stationary = step.isZero(0.0) && !current.gradient.isZero(0.0);
    if (!std::isfinite(slope) || stationary) return current;
    const bool stalled = current.decrement <= kRoundingDecrement && current.decrement > 0.5 * last_decrement;
    if (current.decrement <= options.tolerance || stalled) {
      current.converged = true;
      return current;
    }
    if (current.iterations >= options.max_iterations) return current;
    last_decrement = current.decrement;

    double length = 1.0;
    int halvings = 0;
    while (true) {
      trial.at = current.at + length * step;
      trial.value = objective.Evaluate(trial.at, trial.gradient, trial.information);
      if (stop.stop_requested()) return Cancelled();
      const double slack =
          current.decrement <= kRoundingDecrement ? HUGE_VAL : kValueRounding * (1.0 + std::fabs(current.value));
      if (std::isfinite(trial.value) && trial.value >= current.value + kSufficient * length * slope - slack) break;
      if (++halvings > kMaxHalvings) return current;
      length *= 0.5;
    }
    trial.iterations = current.iterations + 1;
    std::swap(current, trial);
  }
}

Result<MatrixXd> UpperRoot(const MatrixXd& matrix) {
  const Eigen::LLT<MatrixXd> factor(matrix);
  if (factor.info() != Eigen::Success || !(factor.matrixLLT().diagonal().minCoeff() > 0.0)) {
    return FailedPrecondition("NOT_IDENTIFIED",
                              "the likelihood is flat in some direction at its maximum: leave out regressors");
  }
  return MatrixXd(factor.matrixU());
}

}  // namespace farrell::regression
