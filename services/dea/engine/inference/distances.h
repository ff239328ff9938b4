// The distance >= 1 in which the bootstraps work: 1/theta (Shephard's input distance) or phi (Farrell's output
// measure).
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <vector>

#include "services/dea/engine/bulk_radial.h"
#include "services/dea/engine/inference/sample.h"
#include "services/dea/engine/model.h"

namespace farrell::dea {

// What the numbers of a row are: theta = 1 / distance, 1/phi = 1 / distance, or phi = distance.
enum class RadialMeasure : std::uint8_t { kTheta, kInversePhi, kPhi };

// A distance as the measure.
double ToMeasure(double distance, RadialMeasure measure);

// Reuses its memory from call to call; one object per thread.
class DistanceScorer {
 public:
  DistanceScorer(int input_count, int output_count, ReturnsToScale rts, Orientation orientation);

  // Distances of `points` to the frontier of `reference`, both row-major, inputs then outputs: >= 1 inside the
  // technology, below 1 outside, 0 where no point of the technology dominates. False when stopped.
  bool Score(const double* reference, std::size_t reference_count, const double* points, std::size_t point_count,
             double* distances, const std::stop_token& stop);

 private:
  BulkRadial bulk_;
  Orientation orientation_;
};

// Below this excess over 1 a member of a sample counts as efficient: its distance is 1.
inline constexpr double kEfficientDistance = 1e-9;

// Distances of all members of a sample to its own frontier, each >= 1. False when stopped.
bool ScoreMembers(const Sample& sample, ReturnsToScale rts, Orientation orientation, std::vector<double>& distances,
                  const std::stop_token& stop);

// The rows of the members that are scored.
std::vector<double> EvaluatedRows(const Sample& sample);

// The pseudo-sample in which every member has the distance `drawn` instead of `estimated` (Simar & Wilson 1998): inputs
// times drawn / estimated, or outputs divided by it.
void MoveToDistances(const Sample& sample, Orientation orientation, const std::vector<double>& estimated,
                     const std::vector<double>& drawn, std::vector<double>& cells);

}  // namespace farrell::dea
