// One estimated model with everything that standard errors, tests and bootstraps need, the same for every estimator.
//
// Every estimator solves sum_i s_i(b) = 0 for K coefficients. With the bread B = R^-1 R^-T and score rows s_i in the
// coordinates of R (u_i = R^-T s_i), every variance is R^-1 [meat of the rows u_i] R^-T. Least squares: X = Q R after
// its transformation (effects taken out, quasi-demeaned, differenced), u_i = q_i e_i. Instruments: R'R = Xhat'X, u_i =
// (Xhat R^-1)_i e_i with e = y - X b. Likelihoods: R'R is minus the Hessian, u_i = R^-T times the score of row i.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/convergence.h"
#include "services/regression/engine/design.h"
#include "services/regression/engine/environment.h"
#include "services/regression/engine/estimator.h"
#include "services/regression/engine/least_squares.h"
#include "services/regression/engine/within.h"

namespace farrell::regression {

// Of random effects: standard deviations, and the share of the unit mean taken out of every row (length N).
struct VarianceComponents {
  RandomEffectsMethod method = RandomEffectsMethod::kSwamyArora;
  double idiosyncratic = 0.0;
  double unit = 0.0;
  Eigen::VectorXd theta;
};

struct Fitted {
  // As estimated (no default kind).
  EstimatorSpec estimator;
  // Rows, names and classifications of the rows that were estimated on. Between: one row a unit, its means. First
  // differences: the later row of every pair, y and x differenced. Random effects: y and x as given. Tobit and the
  // like: rows outside the bounds left out where the estimator says so; unit means appended to x.
  Design design;
  Within within;
  // Coefficients, residuals (after the transformation; e = y - X b with instruments; y - fitted mean otherwise; times
  // sqrt(weight) with weights), Q and R as above; `kept` are columns of design.x. Q is empty for likelihoods.
  LeastSquares solution;
  // Transformed y: effects taken out.
  Eigen::VectorXd y_within;
  // N - K - levels that are not redundant.
  std::int64_t residual_df = 0;
  // p-values and intervals from the normal distribution (random effects, likelihoods), not t.
  bool large_sample = false;
  // Likelihoods: the rows u_i, N x K. Empty: q_i e_i.
  Eigen::MatrixXd likelihood_scores;
  std::optional<double> log_likelihood;
  std::optional<Convergence> convergence;
  std::optional<VarianceComponents> components;
  // Instruments: X with effects taken out, N x K (kept columns), and the k of the k-class.
  // design.z holds the instruments used; those left out as collinear are named here.
  Eigen::MatrixXd x_within;
  double kappa = 1.0;
  std::vector<std::string> collinear_instruments;
  // Likelihoods: rows at the bounds, and the scale parameter's coefficient names appended to design.names (log sigma).
  std::int64_t lower_bound_count = 0;
  std::int64_t upper_bound_count = 0;
  // Average effects of the columns of design.x on the observed outcome, and their derivatives with respect to the
  // coefficients (rows: effects; columns: the K coefficients). Empty where effects are the coefficients themselves.
  std::vector<std::string> effect_names;
  Eigen::VectorXd average_effects;
  Eigen::MatrixXd effect_gradient;

  Eigen::Index observations() const { return design.y.size(); }
  // Coefficients estimated, K.
  Eigen::Index parameters() const { return solution.coefficients.size(); }
};

// The rows u_i, N x K.
Eigen::MatrixXd ScoreRows(const Fitted& fitted);

// Multiplies every row by the root of its weight; weights of size zero are all one.
void WeightRows(Eigen::MatrixXd& columns, const Eigen::VectorXd& weights);

// Least squares with the effects of the design taken out, weights respected. Errors of Within::Demean.
Result<Fitted> EstimateLeastSquares(Design design, const Environment& environment = {});
Result<Fitted> EstimateLeastSquares(Design design, const std::stop_token& stop);

// Any estimator. `spec.kind` is not kDefault. Beside the errors of Within::Demean: INVALID_ARGUMENT ESTIMATOR_INVALID
// (what the estimator needs and the design lacks, all of it), FAILED_PRECONDITION NOT_CONVERGED, NO_OBSERVATIONS,
// NOT_IDENTIFIED.
Result<Fitted> Estimate(Design design, const EstimatorSpec& spec, const Environment& environment);

}  // namespace farrell::regression
