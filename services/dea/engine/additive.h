// The additive family: the largest weighted sum of slacks, in one linear program a unit.
#pragma once

#include <memory>

#include "services/dea/engine/formulation.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea {

//   max  sum_i w_i s_i   s.t.  X lambda + s- = x_o,  Y lambda - s+ = y_o,  B lambda + s_b = b_o,   lambda, s >= 0
//
// over the technology of the model (technology.h). k measures count: inputs, outputs and bad outputs without
// orientation; inputs and bad outputs with Orientation::kInput; outputs with kOutput; never a non-discretionary measure
// nor a bad output that is an equality. Low and high are the least and greatest value in the unit's reference set.
//
//   kAdditive  w = 1: the plain sum of slacks in the data's own units (Charnes, Cooper, Golany, Seiford & Stutz 1985).
//              score = slack_sum >= 0, 0 for efficient units. Depends on the units of measurement.
//   kRam       w = 1 / (k (high - low)): the range-adjusted measure (Cooper, Park & Pastor 1999), score = ram =
//              1 - sum in [0, 1]. Only under VRS: elsewhere a slack may exceed its range, and the measure 0.
//   kBam       w = 1 / (k (x_o - low)) and 1 / (k (high - y_o)): the bounded adjusted measure (Cooper, Pastor, Borras,
//              Aparicio & Pastor 2011), score = bam = 1 - sum in [0, 1]. Under returns to scale other than VRS the
//              point compared with is kept within the observed bounds, low <= X lambda and Y lambda <= high, as its
//              authors do; under VRS it is there anyway.
//
// A range of 0 (nothing to be gained in that measure) adds the term 0 and still counts in k. farrell is the weighted
// sum itself: the score of kAdditive, 1 - score of the others. Slacks of discretionary measures that do not count are
// maximised afterwards, as a plain sum. Prices are farrell per data unit: v x_j - u y_j + w >= 0 for every unit of the
// reference set and, without bounds and but for GRS, v x_o - u y_o + w = farrell.
//
// Zeros need no care. Negative data: under VRS adding a constant to a measure of all units changes no score, so that
// data of any sign are meaningful; under other returns to scale they are not. A unit outside its reference set is
// kInfeasible where no point of the technology dominates it.
std::unique_ptr<Formulation> MakeAdditive(const Model& model, const Observations& data);

}  // namespace farrell::dea
