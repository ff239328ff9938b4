// What a fit without one cluster chooses anew, as orthonormal columns; and deletion of clusters with them.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/levels.h"

namespace farrell::regression {

// Levels and slopes of the effects that are not nested in the clusters.
Eigen::Index CrossedColumns(const Fitted& fitted, const Levels& clusters);

// An orthonormal basis of the crossed effects, nested ones taken out of them; N x their rank, in the (weighted)
// coordinates of Q, to which it is orthogonal. FAILED_PRECONDITION TOO_MANY_LEVELS when it does not fit in 400 MB.
Result<Eigen::MatrixXd> CrossedBasis(const Fitted& fitted, const Levels& clusters);

// Rows of every cluster, increasing. `ids` in [0, count).
std::vector<std::vector<Eigen::Index>> RowsOfClusters(const std::vector<std::int32_t>& ids, std::size_t count);

// Rows of every cluster g replaced by (I - B_g B_g')^-1 times them, B orthonormal columns: residuals become prediction
// errors of the fit without g. Where a direction lives in one cluster alone the generalised inverse is taken.
Eigen::MatrixXd AdjustByCluster(const Eigen::MatrixXd& basis, const std::vector<std::vector<Eigen::Index>>& rows,
                                Eigen::MatrixXd columns);

}  // namespace farrell::regression
