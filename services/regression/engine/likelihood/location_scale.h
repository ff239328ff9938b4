// Normal regressions with a common sd in Olsen's (1978) parameters, back in the usual ones.
#pragma once

#include <Eigen/Core>
#include <optional>
#include <stop_token>
#include <utility>

#include "common/status/status.h"
#include "services/regression/engine/likelihood/index_objective.h"

namespace farrell::regression {

// Where the outcome is cut off; unset: nowhere on that side.
struct Bounds {
  std::optional<double> lower;
  std::optional<double> upper;
};

struct LocationScaleFit {
  // Length K.
  Eigen::VectorXd coefficients;
  double sigma = 0.0;
  double log_likelihood = 0.0;
  // Derivatives of every row with respect to (b, log sigma), weights in them: N x (K + 1).
  Eigen::MatrixXd scores;
  // Upper triangular R with R'R minus the Hessian in (b, log sigma): (K + 1) x (K + 1). The variance is R^-1 R^-T.
  Eigen::MatrixXd root;
  int iterations = 0;
  // At the end, in standard errors.
  double decrement = 0.0;
};

// The maximum for any kernel of IndexObjective with a scale. x = q r; `start` is (gamma, theta) in the coordinates of
// q. Unset when it was not reached. CANCELLED, NOT_IDENTIFIED.
template <class Kernel>
Result<std::optional<LocationScaleFit>> MaximiseLocationScale(const Eigen::MatrixXd& q, const Eigen::MatrixXd& r,
                                                              const Eigen::VectorXd& weights, bool exponential_family,
                                                              Kernel kernel, const Eigen::VectorXd& start,
                                                              const NewtonOptions& options, bool derivatives,
                                                              const std::stop_token& stop) {
  IndexObjective<Kernel> objective(q, weights, true, exponential_family, std::move(kernel), stop);
  FARRELL_ASSIGN_OR_RETURN(const Maximum maximum, Maximise(objective, start, options, stop));
  if (!maximum.converged) return std::optional<LocationScaleFit>();
  const Eigen::Index columns = q.cols();
  const double theta = maximum.at(columns);
  LocationScaleFit fit;
  fit.sigma = 1.0 / theta;
  fit.coefficients = r.triangularView<Eigen::Upper>().solve(maximum.at.head(columns)) / theta;
  fit.log_likelihood = maximum.value;
  fit.iterations = maximum.iterations;
  fit.decrement = maximum.decrement;
  if (!derivatives) return std::optional(std::move(fit));
  // J = d(gamma, theta) / d(b, log sigma); minus the Hessian there is J'IJ, the score being zero.
  Eigen::MatrixXd jacobian = Eigen::MatrixXd::Zero(columns + 1, columns + 1);
  jacobian.topLeftCorner(columns, columns) = theta * r;
  jacobian.col(columns) = -maximum.at;
  FARRELL_ASSIGN_OR_RETURN(const Eigen::MatrixXd root, UpperRoot(maximum.information));
  fit.root = root.triangularView<Eigen::Upper>() * jacobian;
  fit.scores = objective.Scores() * jacobian;
  return std::optional(std::move(fit));
}

}  // namespace farrell::regression
