// Newton's method with step halving for likelihoods whose derivatives are known exactly.
//
// The measure of convergence is the Newton decrement sqrt(g' I^-1 g): the distance to the maximum in standard errors.
// It does not depend on units or parametrisation, and it stays away from zero where a likelihood rises without end.
#pragma once

#include <Eigen/Core>
#include <stop_token>

#include "common/status/status.h"

namespace farrell::regression {

// A function to maximise.
class Objective {
 public:
  Objective() = default;
  Objective(const Objective&) = delete;
  Objective& operator=(const Objective&) = delete;
  Objective(Objective&&) = delete;
  Objective& operator=(Objective&&) = delete;
  virtual ~Objective() = default;

  // Value, gradient and information at a point of length p: minus the Hessian, or another positive definite matrix that
  // equals it at the maximum. Both arguments have their size. Outside the domain: -infinity, and nothing is filled in.
  // With a stop requested the value means nothing.
  virtual double Evaluate(const Eigen::VectorXd& at, Eigen::VectorXd& gradient, Eigen::MatrixXd& information) = 0;
};

struct NewtonOptions {
  int max_iterations = 100;
  // Of the Newton decrement.
  double tolerance = 1e-11;
};

struct Maximum {
  // The last point accepted; the objective was evaluated there last when `converged`.
  Eigen::VectorXd at;
  double value = 0.0;
  Eigen::VectorXd gradient;
  Eigen::MatrixXd information;
  int iterations = 0;
  double decrement = 0.0;
  bool converged = false;
};

// CANCELLED. That the maximum was not reached is in `converged`, for the caller to say what it means.
Result<Maximum> Maximise(Objective& objective, const Eigen::VectorXd& start, const NewtonOptions& options,
                         const std::stop_token& stop);

// Upper triangular R with R'R = matrix. NOT_IDENTIFIED when the matrix is not positive definite.
Result<Eigen::MatrixXd> UpperRoot(const Eigen::MatrixXd& matrix);

}  // namespace farrell::regression
