#include "services/dea/engine/inference/distances.h"

namespace farrell::dea {

double ToMeasure(double distance, RadialMeasure measure) {
  return measure == RadialMeasure::kPhi ? distance : 1 / distance;
}

DistanceScorer::DistanceScorer(int input_count, int output_count, ReturnsToScale rts, Orientation orientation)
    : bulk_(input_count, output_count, rts, orientation), orientation_(orientation) {}

bool DistanceScorer::Score(const double* reference, std::size_t reference_count, const double* points,
                           std::size_t point_count, double* distances, const std::stop_token& stop) {
  if (!bulk_.Score(reference, reference_count, points, point_count, distances, stop)) return false;
  if (orientation_ == Orientation::kInput) {
    for (std::size_t i = 0; i < point_count; ++i) distances[i] = 1 / distances[i];
  }
  return true;
}

bool ScoreMembers(const Sample& sample, ReturnsToScale rts, Orientation orientation, std::vector<double>& distances,
                  const std::stop_token& stop) {
  distances.resize(sample.size());
  DistanceScorer scorer(sample.input_count, sample.output_count, rts, orientation);
  if (!scorer.Score(sample.cells.data(), sample.size(), sample.cells.data(), sample.size(), distances.data(), stop)) {
    return false;
  }
  for (double& distance : distances) {
    if (distance < 1 + kEfficientDistance) distance = 1;
  }
  return true;
}

std::vector<double> EvaluatedRows(const Sample& sample) {
  std::vector<double> rows;
  rows.reserve(sample.evaluated.size() * sample.dimension());
  for (const std::int32_t member : sample.evaluated) {
    const double* row = sample.row(static_cast<std::size_t>(member));
    rows.insert(rows.end(), row, row + sample.dimension());
  }
  return rows;
}

void MoveToDistances(const Sample& sample, Orientation orientation, const std::vector<double>& estimated,
                     const std::vector<double>& drawn, std::vector<double>& cells) {
  cells = sample.cells;
  const auto inputs = static_cast<std::size_t>(sample.input_count);
  const bool input = orientation == Orientation::kInput;
  const std::size_t first = input ? 0 : inputs;
  const std::size_t last = input ? inputs : sample.dimension();
  for (std::size_t member = 0; member < sample.size(); ++member) {
    const double factor = input ? drawn[member] / estimated[member] : estimated[member] / drawn[member];
    double* row = cells.data() + member * sample.dimension();
    for (std::size_t i = first; i < last; ++i) row[i] *= factor;
  }
}

}  // namespace farrell::dea
