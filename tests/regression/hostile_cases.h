// Regressions that nobody should run, made up from counter-based draws.
#pragma once

#include "common/panel/panel.h"
#include "services/regression/engine/compare.h"
#include "services/regression/engine/curve/curve.h"
#include "services/regression/engine/fit.h"
#include "services/regression/engine/second_stage/second_stage.h"
#include "tests/regression/hostile_dice.h"

namespace farrell::regression::testing {

// One to nine units over one to eight periods, with gaps, rows twice, missing cells anywhere and, now and then, columns
// that are constant, huge, tiny or reproduce the outcome. Numbers y, x1, x2, x3, flat, twin (2 x1), z1, z2, w (weights:
// zeros and negative ones too), share and count; texts group, pair (two levels), own (one a row), block and `odd
// "name"`.
Panel HostilePanel(Dice& dice);

// Any formula, estimator, weights and inference; one choice in ten is nonsense.
FitSpec HostileSpec(Dice& dice);

// A comparison of such regressions.
CompareSpec HostileComparison(Dice& dice);

// Choices of such regressions; lists may be empty or hold the same choice twice.
CurveSpec HostileCurve(Dice& dice);

// A second stage of distances that may all be one, all be equal, huge or few, and somebody who scores the units of such
// a first stage against other frontiers, now and then badly.
SecondStageSpec HostileSecondStage(Dice& dice);
FrontierScores HostileScores(const Panel& panel, Dice& dice);
ScoreReplications HostileReplications(const FrontierScores& first, Dice& dice);

}  // namespace farrell::regression::testing
