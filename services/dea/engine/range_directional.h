// The range directional model for data of any sign (Portela, Thanassoulis & Simpson 2004, model RDM+).
#pragma once

#include <memory>

#include "services/dea/engine/formulation.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea {

//   max beta  s.t.  X lambda <= x_o - beta R_x,  Y lambda >= y_o + beta R_y,  sum lambda = 1,
//   R_x = x_o - min_j x_j,  R_y = max_j y_j - y_o
// with minima and maxima over the reference set: the direction points to its ideal point. Then the largest plain sum of
// slacks. score = 1 - beta (Measure::kOneMinusBeta): in [0, 1] within the unit's own reference set, 1 on its frontier.
//   Bad outputs count as inputs. Orientation: kNone moves every measure, kInput the inputs (R_y = 0), kOutput the
// outputs (R_x = 0). VRS only: then the score changes neither with the units of measurement nor when a constant is
// added to a column, so data of any sign and zeros are taken as they are.
//   A unit that is already best in every measure moved has no direction and scores 1. Outside the unit's own reference
// set a range below 0 counts as 0 (the ideal point is that of the set and the unit together); beta then has any sign,
// scores above 1 lie beyond the frontier, and the program may have no solution (kInfeasible).
//   Prices, per data unit: beta = v x_o - u y_o + scale_price, v R_x + u R_y = 1. certificate.primal and .dual are beta
// times the power of two that brings the largest range near the unit's own value.
std::unique_ptr<Formulation> MakeRangeDirectional(const Model& model, const Observations& data);

}  // namespace farrell::dea
