// What to say of a unit that no point of the technology without it dominates (Model::super_remedy).
#pragma once

#include <memory>

#include "services/dea/engine/formulation.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea {

// The program whose score is the remedy; null for SuperRemedy::kNone. Asked only where the radial super-efficiency
// model is kInfeasible; that status stays.
//
// kCook (Cook, Liang, Zha & Zhu 2009; their "min tau + M beta" with M beyond all bounds, that is one goal after the
// other), the unit left out of its reference set:
//   X lambda <= (1 + tau) x_o,  Y lambda >= (1 - beta) y_o,  sum of weights as the model says
//   input   least beta >= 0, then least tau; output: least tau >= 0, then least beta (of any sign)
//   score = 1 + tau + 1 / (1 - beta): the radial part and the share that had to be given up on the other side.
// kDdf (Ray 2008): 1 - beta along the unit's own inputs and outputs (directional.h).
//
// Both are above 1 where the unit surpasses all others, and comparable only with scores of their own kind. No remedy:
// kInfeasible where an input of 0 is used by every other unit, or the reference set holds nobody else; kUnbounded
// (kCook) where nobody else makes an output of the unit, so that all of it would have to be given up (beta = 1). Needs
// a model without bad outputs, non-discretionary measures and weight restrictions (CheckModel). The certificate proves
// the first goal; the second rests on the basis alone.
std::unique_ptr<Formulation> MakeSuperRemedy(const Model& model, const Observations& data);

}  // namespace farrell::dea
