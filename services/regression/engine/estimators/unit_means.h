// Means of columns by unit.
#pragma once

#include <Eigen/Core>

#include "services/regression/engine/design.h"
#include "services/regression/engine/levels.h"

namespace farrell::regression {

// Rows of every level, as reals.
Eigen::VectorXd LevelCounts(const Levels& levels);

// Means of the rows of every level: one row a level, in the order of the levels.
Eigen::MatrixXd LevelMeans(const Eigen::MatrixXd& columns, const Levels& levels);

// The column differs between rows of one unit by more than rounding.
bool VariesWithin(const Eigen::VectorXd& column, const Levels& units);

// Appends the unit means of the columns of x that vary within units, named `mean(x1)` (Mundlak 1978). A mean that is
// the same for all units (of a period dummy on a balanced panel) repeats the constant and is not appended beside it.
void AppendUnitMeans(Design& design);

}  // namespace farrell::regression
