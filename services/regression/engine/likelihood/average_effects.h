// Average partial effects on the observed outcome, and their exact derivatives with respect to the coefficients.
//
// Effects are derivatives for every column, dummies included: b_k times the mean over rows of a factor f_i, which is
// the same for all columns (McDonald & Moffitt 1980 for tobit).
#pragma once

#include <Eigen/Core>

#include "services/regression/engine/fitted.h"

namespace farrell::regression {

// The factor of every row, its derivative with respect to the row's index x'b, and with respect to the scales.
struct EffectFactor {
  Eigen::VectorXd factor;
  Eigen::VectorXd by_index;
  // N x scales estimated.
  Eigen::MatrixXd by_scale;
};

// Fills effect_names, average_effects and effect_gradient for the columns estimated but the constant; weights are
// respected.
void SetAverageEffects(Fitted& fitted, const EffectFactor& factor);

// The same from the mean of the factor and its derivatives with respect to all coefficients, the last `scales` of which
// are scales.
void SetAverageEffects(Fitted& fitted, double mean, const Eigen::VectorXd& mean_gradient, Eigen::Index scales);

}  // namespace farrell::regression
