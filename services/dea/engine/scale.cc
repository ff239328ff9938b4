#include "services/dea/engine/scale.h"

#include <algorithm>

namespace farrell::dea {
namespace {

bool Same(double a, double b) { return std::max(a, b) - std::min(a, b) <= kSameScore * std::max(a, b); }

}  // namespace

double ScaleEfficiency(const ScaleScores& scores) { return std::min(scores.crs / scores.vrs, 1.0); }

ScaleClass ClassifyScale(const ScaleScores& scores) {
  if (Same(scores.crs, scores.vrs)) return ScaleClass::kConstant;
  return Same(scores.nirs, scores.vrs) ? ScaleClass::kDecreasing : ScaleClass::kIncreasing;
}

}  // namespace farrell::dea
