// How unequal clusters are, and what each does to the coefficients.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/levels.h"

namespace farrell::regression {

struct ClusterDiagnostics {
  struct Cluster {
    std::string label;
    std::int64_t observations = 0;
    // Trace of the cluster's block of the hat matrix, effects included as if they were dummies; over the clusters they
    // sum to the parameters, levels of effects included (MacKinnon, Nielsen & Webb 2023, summclust).
    double leverage = 0.0;
    // One a coefficient estimated: the cluster's share of the variation of the regressor that the other regressors and
    // the effects leave, in [0, 1]. Equal clusters: 1/G each.
    Eigen::VectorXd partial_leverage;
    // Coefficients of the fit without the cluster, effects estimated anew.
    Eigen::VectorXd leave_out;
    // False: some coefficient is not identified without the cluster; the generalised inverse stands in.
    bool identified = true;
  };
  // In the order of the levels.
  std::vector<Cluster> clusters;
  // One a coefficient: EffectiveClusters with rho = 0.
  Eigen::VectorXd effective;
};

// Least squares only (ESTIMATOR_INVALID); at least one cluster. TOO_MANY_LEVELS, CANCELLED.
Result<ClusterDiagnostics> DiagnoseClusters(const Fitted& fitted, const Levels& clusters,
                                            const std::stop_token& stop = {});

// Effective number of clusters for every coefficient (Carter, Schnepel & Steigerwald 2017): G / (1 + Gamma_j),
// Gamma_j the squared coefficient of variation over the clusters of
//   gamma_gj = c_j'(X'X)^-1 X_g' Omega_g X_g (X'X)^-1 c_j,   Omega_g = rho 1 1' + (1 - rho) I.
// In [1, G]; G for equal clusters. `rho` in [0, 1]. With rho = 1 and effects nested in the clusters every gamma is zero
// and the entry is 0: not defined. In weighted coordinates Omega_g is that
// of the weighted errors.
Eigen::VectorXd EffectiveClusters(const Fitted& fitted, const Levels& clusters, double rho);

}  // namespace farrell::regression
