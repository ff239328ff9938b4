// What a cluster weighs in a least-squares fit: the rows of one cluster in an orthonormal basis of everything that is
// estimated, and the adjustments (I - H_gg)^p of its residuals, in the smaller of the two dimensions.
#pragma once

#include <Eigen/Core>
#include <stop_token>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/levels.h"

namespace farrell::regression {

// Columns of a basis beside the regressors: levels and varying slopes of the effects that are not nested.
Eigen::Index CrossedColumns(const Fitted& fitted, const Levels& clusters);

// The basis, N rows: the crossed columns (effects nested in the clusters taken out), then the K regressors as they
// stand in fitted.solution.q, which have all effects taken out already. With no crossed columns it is that matrix.
class ClusterBasis {
 public:
  static Result<ClusterBasis> Make(const Fitted& fitted, const Levels& clusters, const std::stop_token& stop = {});

  const Eigen::MatrixXd& q() const { return crossed_.size() > 0 ? crossed_ : *slopes_; }

 private:
  const Eigen::MatrixXd* slopes_ = nullptr;
  Eigen::MatrixXd crossed_;
};

// Positions of the rows of every cluster, increasing.
std::vector<std::vector<Eigen::Index>> RowsByCluster(const Levels& clusters);

// One cluster's rows Q_g of the basis.
class ClusterBlock {
 public:
  // `slopes`: the last columns of Q_g that are regressors.
  ClusterBlock(Eigen::MatrixXd q, Eigen::Index slopes);

  // (I - Q_g'Q_g)^-1 Q_g'e, all columns. Generalised inverses where an eigenvalue is zero, here and below.
  Eigen::VectorXd Deletion(const Eigen::VectorXd& e) const;
  // (I - Q_g Q_g')^(-1/2) times the regressors' columns of Q_g: n_g x slopes.
  Eigen::MatrixXd Reduced() const;
  const Eigen::MatrixXd& q() const { return q_; }
  // A direction that only this cluster identifies has a part in the regressors.
  bool LosesSlope() const;

 private:
  Eigen::VectorXd Powers(double exponent) const;

  Eigen::MatrixXd q_;
  Eigen::Index slopes_;
  // Eigenvectors and eigenvalues of I - Q_g Q_g' where there are fewer rows than columns, else of I - Q_g'Q_g.
  bool by_rows_;
  Eigen::MatrixXd vectors_;
  Eigen::VectorXd values_;
};

}  // namespace farrell::regression
