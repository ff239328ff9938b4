// Logit with a ridge penalty (le Cessie & van Houwelingen 1992): the b that maximises
//   sum_i w_i [y_i log p_i + (1 - y_i) log(1 - p_i)] - penalty / 2 |slopes|^2,
// the intercept unpenalised, by Newton's method, which for the logit is iteratively reweighted least squares.
#pragma once

#include <Eigen/Core>
#include <stop_token>

#include "common/status/status.h"

namespace farrell::regression {

// Means and standard deviations (divisor n - 1) of columns; a column that does not vary has deviation 1.
struct Standardisation {
  Eigen::VectorXd mean;
  Eigen::VectorXd deviation;

  explicit Standardisation(const Eigen::MatrixXd& x);
  Eigen::MatrixXd Apply(const Eigen::MatrixXd& x) const;
};

struct RidgeLogit {
  double intercept = 0.0;
  Eigen::VectorXd slopes;

  // log(p / (1 - p)) of every row, at most 700 in size.
  Eigen::VectorXd LogOdds(const Eigen::MatrixXd& x) const;
  Eigen::VectorXd Probabilities(const Eigen::MatrixXd& x) const;
};

// `x` is standardised; `y` holds 0 and 1; `weights` may be empty. Rows of one outcome alone: the limit, where
// probabilities are that outcome. FAILED_PRECONDITION NOT_CONVERGED, CANCELLED.
Result<RidgeLogit> FitRidgeLogit(const Eigen::MatrixXd& x, const Eigen::VectorXd& y, const Eigen::VectorXd& weights,
                                 double penalty, const std::stop_token& stop);

// y log p + (1 - y) log(1 - p) from the log odds.
double LogScore(double y, double log_odds);
double Probability(double log_odds);

}  // namespace farrell::regression
