// The joint bootstrap: least squares on log scores whose intervals hold the errors of both stages. Experimental.
//
// Estimand: the coefficients b of the projection of log(1/delta), delta the true distance, on the regressors with the
// effects absorbed, over the population that units are drawn from.
//
// A unit pulls the frontier that it spans towards itself, the more the more efficient it is, so that the regression of
// plain scores is biased towards zero (of order n^-2g, n units, g the rate of convergence). Therefore:
//   every row is scored against a frontier that its own unit does not span: the units are left out one at a time, or in
//     200 folds where there are more; rows that nothing dominates there drop out, which depends on inputs only (input
//     orientation: outputs);
//   replication r draws two disjoint sets of m units without replacement (all their periods) and scores every row
//     against the set that its unit is not in, d* for d: n^g log(d / delta) is taken to be distributed as
//     m^g log(d* / d) (Kneip, Simar & Wilson 2008), about its mean over the replications, 0 where nothing dominates;
//   resamples n units with replacement, all their rows, with levels of unit effects of their own: rows weigh as often
//     as their unit is drawn;
//   estimates again from the log scores plus (m / n)^g times those deviations.
// One frontier serves all rows of a half, so that what the errors of scores have in common is carried along. Percentile
// intervals are widened for the number of units as Hesterberg (2015) does.
#pragma once

#include "common/status/status.h"
#include "services/regression/engine/design.h"
#include "services/regression/engine/second_stage/frontier_scores.h"
#include "services/regression/engine/second_stage/second_stage.h"

namespace farrell::regression {

// `design` holds log scores as y and is classified by the panel's keys. FAILED_PRECONDITION SAMPLE_TOO_SMALL with fewer
// than four units, INVALID_ARGUMENT ESTIMATOR_INVALID (instruments), REQUEST_INVALID (m, or more numbers than fit in
// memory), FAILED_PRECONDITION NOT_IDENTIFIED when only the rows that nothing dominates tell columns apart.
Status RunJoint(const Design& design, const FrontierScores& first, const SecondStageSpec& spec,
                const ScoreReplications& score, const Environment& environment, SecondStageResult& result);

}  // namespace farrell::regression
