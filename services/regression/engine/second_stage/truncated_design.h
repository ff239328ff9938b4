// The rows and columns of a truncated second stage: effects written as dummies, rows at the frontier set aside.
#pragma once

#include <Eigen/Core>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/design.h"

namespace farrell::regression {

struct TruncatedDesign {
  // Every row has a distance and all columns. Rows of a level whose rows are all at the frontier are left out: the
  // level's coefficient is not identified.
  Design design;
  Eigen::VectorXd distances;
  std::int64_t unidentified_count = 0;
  // N x K: constant and dummies, then the terms, collinear ones left out.
  Eigen::MatrixXd x;
  // Position in design.names of every column of x; -1 for dummies.
  std::vector<Eigen::Index> term_of_column;
  // Dummies of absorbed effects among the columns.
  Eigen::Index dummy_count = 0;

  // Rows with a distance beyond `limit`.
  std::vector<Eigen::Index> Beyond(const Eigen::VectorXd& distances, double limit) const;
};

// `design` holds the distances as y. Rows beyond 1 + tolerance decide which columns are collinear. Errors:
// INVALID_ARGUMENT ESTIMATOR_INVALID (instruments, slopes that differ by level), FAILED_PRECONDITION NO_OBSERVATIONS.
Result<TruncatedDesign> MakeTruncatedDesign(Design design, double tolerance);

}  // namespace farrell::regression
