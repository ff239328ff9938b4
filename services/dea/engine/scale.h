// Scale efficiency and the class of returns to scale.
#pragma once

#include "services/dea/engine/model.h"

namespace farrell::dea {

// Scores of one unit under three technologies on the same reference set, same orientation; each in (0, 1].
struct ScaleScores {
  double crs = 0;
  double vrs = 0;
  double nirs = 0;
};

// Relative difference below which two scores count as equal.
inline constexpr double kSameScore = 1e-9;

// score CRS / score VRS, at most 1 (Banker 1984).
double ScaleEfficiency(const ScaleScores& scores);

// Constant where CRS equals VRS; else decreasing where NIRS equals VRS, increasing where it does not (Faere, Grosskopf
// & Lovell 1985). Independent of which optimal weights were found.
ScaleClass ClassifyScale(const ScaleScores& scores);

}  // namespace farrell::dea
