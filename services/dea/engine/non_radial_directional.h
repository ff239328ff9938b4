// Directional distances with a step of its own for every measure.
#pragma once

#include <memory>
#include <vector>

#include "services/dea/engine/formulation.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea {

//   max sum_k w_k beta_k  s.t.  X lambda <= x_o - beta_x g_x,  Y lambda >= y_o + beta_y g_y,
//                               B lambda (<= or =) b_o - beta_b g_b,      beta >= 0, one a measure
// (Zhou, Ang & Wang 2012, after the non-radial idea of Faere & Lovell 1978) over the technology of the model;
// directions and orientations as in directional.h. score = farrell = the weighted sum (Measure::kBeta);
// UnitScore::betas holds every beta, 0 where the direction is. Then the largest plain sum of the slacks left, those of
// measures that do not move.
//   Weights are those of Zhou, Ang & Wang: inputs, outputs and bad outputs count alike as groups, measures alike within
// their group; measures without a direction count neither in their group nor, when it has no other, as a group. The
// weights sum to 1, so that along the own direction in the input orientation without bad outputs the score is 1 minus
// the Russell input measure (Faere & Lovell 1978).
//   Range: >= 0; 0 on the efficient frontier of the measures that move. Steps backwards are not defined (their sum
//   would
// have no bound): a unit beyond the frontier of the reference set is kInfeasible, so that super-efficiency has no
// number here. kUnbounded as in directional.h. Zeros and negative data as there.
//   Prices, per data unit: score = v x_o + w b_o - u y_o + scale_price under VRS, with v_i g_i >= w_i.
// certificate.primal and .dual are the score times a power of two, 1 along the own direction.
std::unique_ptr<Formulation> MakeNonRadialDirectional(const Model& model, const Observations& data);

// The weights above for a direction laid out as the measures of `data`; all 0 where the direction is.
std::vector<double> GroupWeights(const Observations& data, const std::vector<double>& direction);

}  // namespace farrell::dea
