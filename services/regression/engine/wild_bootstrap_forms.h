// The linear forms in the random weights that a hypothesis needs of every draw.
//
// Models are stacked: rows one after another, Q block diagonal, clusters joined by label. With H = R R_q^-1 (R_q
// triangular) made orthonormal, A = Q H', restricted residuals e~ = e + A d for d = H (theta - theta_0), errors u = e~
// or their adjusted form, L the crossed effects, B = [L Q], C = A (CV1) or (I - B_g B_g')^-1 A_g (CV3), weights w give
//   numerator sum_h w_h A_h'u_h,   score of cluster g  w_g C_g'u_g - C_g'B_g sum_h w_h B_h'u_h,
// the second because residuals of the draw are w u less its projections on effects and regressors.
#pragma once

#include <Eigen/Core>
#include <stop_token>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/wild_bootstrap.h"

namespace farrell::regression {

// Several models on the union of their clusters.
struct WildStack {
  Eigen::VectorXd residuals;
  // Block diagonal, N x sum of K.
  Eigen::MatrixXd q;
  // R_q^-1 and coefficients, block diagonal and one after another.
  Eigen::MatrixXd r_inverse;
  Eigen::VectorXd coefficients;
  // Cluster of every row, by the stack's own numbering, which is that of all models given to NumberClusters.
  std::vector<std::int32_t> ids;
  std::vector<std::vector<Eigen::Index>> rows;
  // The models with their first row and first coefficient.
  std::vector<WildModel> models;
  std::vector<Eigen::Index> first_row;
  Eigen::Index clusters() const { return static_cast<Eigen::Index>(rows.size()); }
};

// Numbers of every model's clusters in the union of labels: the first model's in their order, then new ones.
struct ClusterUnion {
  Eigen::Index count = 0;
  std::vector<std::vector<std::int32_t>> numbers;
};
ClusterUnion JoinClusters(const std::vector<WildModel>& models);

// Stacks the models chosen (increasing positions).
WildStack StackModels(const std::vector<WildModel>& models, const ClusterUnion& clusters,
                      const std::vector<std::size_t>& chosen);

// Forms for one vector of errors u.
struct WildPart {
  // q x G: A_h'u_h.
  Eigen::MatrixXd numerator;
  // Small G: the scores outright, one G x G matrix an equation.
  std::vector<Eigen::MatrixXd> scores;
  // Else: C_g'u_g, q x G, and B_h'u_h, columns of B x G.
  Eigen::MatrixXd diagonal;
  Eigen::MatrixXd position;
};

struct WildForms {
  // False: the variance of the observed statistic is not defined; nothing else is set then.
  bool defined = false;
  // Equations.
  Eigen::Index q = 1;
  // One part; or two, of errors part[0] + d part[1], where the null value is left open (restricted, q = 1).
  std::vector<WildPart> parts;
  // C_g'B_g, one G x columns matrix an equation, where scores are not outright.
  std::vector<Eigen::MatrixXd> loadings;
  // d, in units in which Rb - r = scale d for q = 1.
  Eigen::VectorXd distance;
  double scale = 1.0;
  // Rb - r = transform d, q x q.
  Eigen::MatrixXd transform;
  // q x q variance of the observed numerator d, without factors.
  Eigen::MatrixXd variance;
};

// `open`: leave the null value open (q = 1 and restricted only).
Result<WildForms> MakeWildForms(const WildStack& stack, const WildHypothesis& hypothesis, const WildBootstrapSpec& spec,
                                bool open, const Environment& environment);

// Forms of the coefficients of a draw less their centre: sum of K x G. `null`: restricted errors.
struct CoefficientForms {
  Eigen::VectorXd centre;
  Eigen::MatrixXd forms;
};
Result<CoefficientForms> MakeCoefficientForms(const WildStack& stack, const WildHypothesis* null,
                                              const WildBootstrapSpec& spec, const std::stop_token& stop);

}  // namespace farrell::regression
