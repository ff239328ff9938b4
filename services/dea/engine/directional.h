// Directional distances (Chambers, Chung & Faere 1996) and what is built on them.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "services/dea/engine/formulation.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea {

//   max beta  s.t.  X lambda <= x_o - beta g_x,  Y lambda >= y_o + beta g_y,  B lambda (<= or =) b_o - beta g_b
// over the technology of the model (technology.h); then the largest plain sum of slacks. score = farrell = beta
// (Measure::kBeta).
//   Direction, g >= 0: the unit's own values, the mean of its reference set, or columns. Orientation: kNone moves every
// measure; kInput sets g_y = 0, kOutput g_x = 0; bad outputs shrink in either, along with the outputs' expansion as in
// Chung, Faere & Grosskopf (1997) or with the inputs. A measure whose direction is 0 stays put.
//   Range: beta >= 0 within the unit's own reference set, 0 on its frontier. Outside (another period's frontier; with
// Model::super) beta has any sign, below 0 beyond the frontier, and the program may have no solution: kInfeasible.
// kUnbounded: a direction that is 0 in every measure moved, nothing that bounds the outputs, or an abatement that
// leaves nothing (Technology::LeavesNothing).
//   Data: zeros as they are. Negative data only where a shift of the data changes nothing: VRS along columns.
//   Prices, per data unit: beta = v x_o + w b_o - u y_o + scale_price under VRS, v g_x + w g_b + u g_y = 1.
//   certificate.primal and .dual are beta times a power of two that brings the direction near the unit's own values;
// along the own direction the power is 1.
std::unique_ptr<Formulation> MakeDirectional(const Model& model, const Observations& data);

// Directional super-efficiency along the unit's own inputs and outputs, the unit left out of its reference set (Ray
// 2008, under VRS): score 1 - beta, above 1 for units beyond the frontier of the others. It exists where the radial
// form under VRS does not, with one exception: an input of 0 that every unit left uses cannot be scaled, and the
// program stays kInfeasible. Takes inputs, outputs and returns to scale from `model`, nothing else.
std::unique_ptr<Formulation> MakeDirectionalSuper(const Model& model, const Observations& data);

// The direction of a question, one value >= 0 a measure.
using DirectionOf = std::function<std::vector<double>(const Question&)>;

// The direction of a directional model: own, mean or columns, 0 where the orientation keeps a measure.
DirectionOf MakeDirection(const Model& model);

// The program above along any direction. With kOneMinusBeta the score is 1 - beta and a unit whose direction is 0
// everywhere has beta = 0.
std::unique_ptr<Formulation> MakeAlongDirection(const Model& model, const Observations& data, Measure measure,
                                                DirectionOf direction);

}  // namespace farrell::dea
