#include "services/dea/engine/inference/replications.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "services/dea/engine/inference/bootstrap.h"

namespace farrell::dea {

Result<FrontierReplications> FrontierReplications::Make(std::vector<Sample> samples, ReturnsToScale rts,
                                                        Orientation orientation, const std::stop_token& stop) {
  FrontierReplications made;
  made.rts_ = rts;
  made.orientation_ = orientation;
  for (Sample& sample : samples) {
    if (!sample.evaluated.empty()) made.samples_.push_back(std::move(sample));
  }
  std::vector<std::pair<std::int32_t, double>> scored;
  std::vector<double> distances;
  for (const Sample& sample : made.samples_) {
    if (!ScoreMembers(sample, rts, orientation, distances, stop)) return Cancelled();
    for (const std::int32_t member : sample.evaluated) {
      const auto at = static_cast<std::size_t>(member);
      scored.emplace_back(sample.rows[at], distances[at]);
    }
    made.points_.push_back(EvaluatedRows(sample));
  }
  std::sort(scored.begin(), scored.end());
  for (const auto& [row, distance] : scored) {
    made.rows_.push_back(row);
    made.distances_.push_back(distance);
  }
  for (const Sample& sample : made.samples_) {
    std::vector<std::size_t> positions;
    for (const std::int32_t member : sample.evaluated) {
      const std::int32_t row = sample.rows[static_cast<std::size_t>(member)];
      const auto at = std::lower_bound(made.rows_.begin(), made.rows_.end(), row);
      positions.push_back(static_cast<std::size_t>(at - made.rows_.begin()));
    }
    made.positions_.push_back(std::move(positions));
  }
  return made;
}

std::int64_t FrontierReplications::largest_unit_count() const {
  std::size_t largest = 0;
  for (const Sample& sample : samples_) {
    const std::unordered_set<std::int32_t> units(sample.units.begin(), sample.units.end());
    largest = std::max(largest, sample.units.empty() ? sample.size() : units.size());
  }
  return static_cast<std::int64_t>(largest);
}

double FrontierReplications::rate() const {
  if (samples_.empty()) return 0.0;
  return ConvergenceRate(samples_.front().input_count, samples_.front().output_count, rts_);
}

FrontierReplications::Workspace FrontierReplications::MakeWorkspace() const {
  const int inputs = samples_.empty() ? 1 : samples_.front().input_count;
  const int outputs = samples_.empty() ? 1 : samples_.front().output_count;
  return {DistanceScorer(inputs, outputs, rts_, orientation_), {}, {}};
}

bool FrontierReplications::Score(const FrontierDraw& draw, Workspace& workspace, double* distances,
                                 const std::stop_token& stop) const {
  for (std::size_t set = 0; set < samples_.size(); ++set) {
    const Sample& sample = samples_[set];
    const auto inputs = static_cast<std::size_t>(sample.input_count);
    const bool input = orientation_ == Orientation::kInput;
    const std::size_t first = input ? 0 : inputs;
    const std::size_t last = input ? inputs : sample.dimension();
    workspace.reference.clear();
    std::size_t count = 0;
    for (std::size_t member = 0; member < sample.size(); ++member) {
      const auto row = static_cast<std::size_t>(sample.rows[member]);
      if (!draw.spans.empty() && draw.spans[row] == 0) continue;
      const std::size_t begin = workspace.reference.size();
      workspace.reference.insert(workspace.reference.end(), sample.row(member),
                                 sample.row(member) + sample.dimension());
      ++count;
      if (draw.factors.empty()) continue;
      double* cells = workspace.reference.data() + begin;
      const double factor = input ? draw.factors[row] : 1 / draw.factors[row];
      for (std::size_t i = first; i < last; ++i) cells[i] *= factor;
    }
    const std::vector<std::size_t>& positions = positions_[set];
    workspace.distances.assign(positions.size(), 0.0);  // an empty frontier dominates nobody
    if (count > 0 && !workspace.scorer.Score(workspace.reference.data(), count, points_[set].data(), positions.size(),
                                             workspace.distances.data(), stop)) {
      return false;
    }
    for (std::size_t i = 0; i < positions.size(); ++i) distances[positions[i]] = workspace.distances[i];
  }
  return !stop.stop_requested();
}

}  // namespace farrell::dea
