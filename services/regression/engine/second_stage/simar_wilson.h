// Algorithms 1 and 2 of Simar & Wilson (2007).
//
// Algorithm 1: truncated maximum likelihood of the distances beyond 1 + tolerance; replications draw every response
// from the fitted distribution and estimate again. Algorithm 2: first, L1 times, all rows with regressors are moved to
// distances drawn from that fit, and scored against the frontier they then span; the mean less the distance is the
// bias, which is taken out. Then algorithm 1 on the corrected distances.
#pragma once

#include "common/status/status.h"
#include "services/regression/engine/design.h"
#include "services/regression/engine/second_stage/frontier_scores.h"
#include "services/regression/engine/second_stage/second_stage.h"

namespace farrell::regression {

// `design` holds the distances as y and is classified by the panel's keys. Fills everything that follows from the
// regression; counts of the table are the caller's.
Status RunSimarWilson(Design design, const FrontierScores& first, const SecondStageSpec& spec,
                      const ScoreReplications& score, const Environment& environment, SecondStageResult& result);

// NOT_CONVERGED when more than one in a hundred failed; else a warning when any did. Replications that are left.
Status CountFailures(const std::vector<char>& succeeded, SecondStageResult& result);

}  // namespace farrell::regression
