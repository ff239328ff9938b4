// Censored regression with a normal effect a unit: y*_it = x_it'b + u_i + e_it.
//
// The effect is integrated out by Gauss-Hermite quadrature whose nodes are moved to the mode of every unit's integrand
// and scaled by its curvature there (Liu & Pierce 1994; Rabe-Hesketh, Skrondal & Pickles 2005), which keeps a few dozen
// nodes exact for long panels too. Derivatives are posterior means of those of the complete data (Fisher's and Louis's
// identities) over the same nodes.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <stop_token>

#include "services/regression/engine/design.h"
#include "services/regression/engine/likelihood/likelihood_rows.h"
#include "services/regression/engine/likelihood/location_scale.h"

namespace farrell::regression {

struct RandomTobitFit {
  // Length K.
  Eigen::VectorXd coefficients;
  double sigma_e = 0.0;
  // Zero: the likelihood is largest without unit effects; root and scores are then those of the pooled model.
  double sigma_u = 0.0;
  double log_likelihood = 0.0;
  // With respect to (b, log sigma_e, log sigma_u). The scores of a unit stand in its first row.
  Eigen::MatrixXd scores;
  Eigen::MatrixXd root;
  int iterations = 0;
  double decrement = 0.0;
};

// `pooled` is the model without effects. Unset: no maximum was reached. INVALID_ARGUMENT ESTIMATOR_INVALID: weights
// vary within a unit. CANCELLED, NOT_IDENTIFIED.
Result<std::optional<RandomTobitFit>> FitRandomTobit(const Design& design, const LikelihoodColumns& columns,
                                                     const Bounds& bounds, const LocationScaleFit& pooled, int points,
                                                     const std::stop_token& stop);

}  // namespace farrell::regression
