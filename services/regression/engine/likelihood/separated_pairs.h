// Rows of a Poisson regression that two effects alone separate.
//
// Rows with y > 0 tie levels of the first effect to levels of the second: along z = a_i + b_j, zero on those rows, a is
// one constant c a connected component and b its negative. A row with y = 0 between components p and q has z = c_p -
// c_q, which must not be positive: an arrow from p to q. Constants that grow along the arrows exist, strictly where an
// arrow is on no cycle, so that the separated rows are those between different strongly connected components. Exact,
// and linear in the rows.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "services/regression/engine/levels.h"

namespace farrell::regression {

// Marks with zero the rows with y = 0 that the two effects separate. Every level has a row with y > 0.
void MarkSeparated(const Levels& first, const Levels& second, const Eigen::VectorXd& y, std::vector<char>& keep);

}  // namespace farrell::regression
