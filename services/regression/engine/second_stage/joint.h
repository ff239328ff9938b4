// The joint bootstrap: least squares on log scores whose intervals hold the errors of both stages. Experimental.
//
// Estimand: the coefficients b of the projection of log(1/delta), delta the true distance, on the regressors with the
// effects absorbed, over the population that units are drawn from. Replication r
//   redraws the frontier by m of the n units, drawn without replacement (all their periods), which gives distances d*;
//     n^g (d / delta - 1) is taken to be distributed as m^g (d* / d - 1) (Kneip, Simar & Wilson 2008), so that a
//     plausible distance is d / (1 + (m / n)^g (d* / d - 1)), 0 for d* where nothing dominates;
//   resamples n units with replacement, all their rows, with levels of unit effects of their own: rows weigh as often
//   as
//     their unit is drawn;
//   estimates again from the logs of the plausible distances.
// Both parts use one frontier for all rows, so that what the errors of scores have in common is carried along.
#pragma once

#include "common/status/status.h"
#include "services/regression/engine/design.h"
#include "services/regression/engine/second_stage/frontier_scores.h"
#include "services/regression/engine/second_stage/second_stage.h"

namespace farrell::regression {

// `design` holds log scores as y and is classified by the panel's keys. SAMPLE_TOO_SMALL with fewer than four units, or
// m out of range.
Status RunJoint(const Design& design, const FrontierScores& first, const SecondStageSpec& spec,
                const ScoreReplications& score, const Environment& environment, SecondStageResult& result);

}  // namespace farrell::regression
