// Radial models whose multipliers are restricted (Thompson, Langemeier, Lee, Lee & Thrall 1990).
#pragma once

#include <memory>

#include "services/dea/engine/formulation.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea {

// The multiplier program (Charnes, Cooper & Rhodes 1978; Banker, Charnes & Cooper 1984)
//   input   max u y_o + w  s.t.  v x_o = 1,  u y_j - v x_j + w <= 0 for all j in the reference set,  u, v >= 0
//   output  min v x_o + w  s.t.  u y_o = 1,  v x_j - u y_j + w >= 0
// with w as the returns to scale say (radial.h) and, for every restriction,
//   absolute   low <= v_i <= high                 (per data unit, under the normalisation of each unit's own program)
//   AR-I       low <= v_i / v_k <= high           (assurance region of the first type; i and k on the same side)
// and likewise for u; each bound is the row a (u, v) <= b of that program, b = 0 for AR-I. What is solved is the dual:
// the envelopment program in which each bound adds a column pi >= 0 that trades measures at the rates a and costs b:
//   input   min theta + b pi  s.t.  X lambda <= theta x_o + A pi,  Y lambda + A pi >= y_o
//   output  max phi - b pi    s.t.  X lambda <= x_o + A pi,        Y lambda + A pi >= phi y_o
// farrell = the objective, not theta or phi alone where absolute bounds bind; score = farrell or 1 / farrell, in (0, 1]
// within the unit's own reference set and never above the unrestricted score.
//
// There is no second phase: trades may exchange slacks without end. Slacks are those of the solution with the least
// trades; targets are X lambda - A pi and Y lambda + A pi, what the peers make after the trades, and may be negative.
// kUnbounded: no multipliers satisfy the restrictions (the ray proves it), or all that do give a score of 0 or less,
// which absolute lower bounds on the other side can force under variable returns. kInfeasible: only outside the unit's
// own reference set. Zero data are values as any other; of a measure that nobody has any multiplier will do.
// Non-discretionary measures as in radial.h; their multipliers may be restricted as well.
std::unique_ptr<Formulation> MakeRestrictedRadial(const Model& model, const Observations& data);

}  // namespace farrell::dea
