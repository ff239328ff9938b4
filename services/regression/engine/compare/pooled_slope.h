// What a pooled coefficient is made of: the slopes of the groups, weighted by their part in the variation used.
#pragma once

#include <string>
#include <vector>

#include "services/regression/engine/compare.h"
#include "services/regression/engine/compare/models.h"

namespace farrell::regression {

// One a compared term of least squares, in their order (Frisch & Waugh 1933; Lovell 1963). With x and y residualised on
// everything else of the pooled model, b = sum w_g b_g exactly, where w_g is the share of group g in x'x and b_g the
// slope through its residuals. `group_of_row` are positions in `groups`, one a row of the panel, negative where there
// is none. Nothing for terms that the pooled model or some group does not estimate, and for other estimators.
std::vector<PooledSlope> PooledSlopes(const ComparedModel& pooled, const std::vector<std::string>& terms,
                                      const std::vector<GroupFit>& groups,
                                      const std::vector<std::int32_t>& group_of_row);

}  // namespace farrell::regression
