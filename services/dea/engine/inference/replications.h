// Distances of the same points to frontiers that somebody else draws: rows moved along their rays, or rows left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stop_token>
#include <vector>

#include "common/status/status.h"
#include "services/dea/engine/inference/distances.h"
#include "services/dea/engine/inference/sample.h"
#include "services/dea/engine/model.h"

namespace farrell::dea {

// One redrawn frontier, by the rows of the observations.
struct FrontierDraw {
  // Positive: the row spans the frontier from where its own distance is that many times what it was (MoveToDistances).
  // Empty: all 1.
  std::vector<double> factors;
  // 0 for rows that do not span the frontier. Empty: all do.
  std::vector<char> spans;
};

// Immutable once made; any number of threads may score, each with a workspace of its own.
class FrontierReplications {
 public:
  struct Workspace {
    DistanceScorer scorer;
    std::vector<double> reference;
    std::vector<double> distances;
  };

  // `samples` are the reference sets of one table (MakeSamples); rts is not generalized. CANCELLED.
  static Result<FrontierReplications> Make(std::vector<Sample> samples, ReturnsToScale rts, Orientation orientation,
                                           const std::stop_token& stop);

  // Rows with a score, ascending, and their distances to the observed frontiers (ScoreMembers).
  const std::vector<std::int32_t>& rows() const { return rows_; }
  const std::vector<double>& distances() const { return distances_; }
  // Frontiers that score somebody.
  std::size_t frontier_count() const { return samples_.size(); }
  // Of the members of the largest one: distinct unit codes, where samples have them, else rows.
  std::int64_t largest_unit_count() const;
  double rate() const;

  Workspace MakeWorkspace() const;
  // Writes one distance a row of rows(): at least 1 inside the technology, below 1 outside, 0 where no point of it
  // dominates. The same bits whatever was asked before. False when stopped.
  bool Score(const FrontierDraw& draw, Workspace& workspace, double* distances, const std::stop_token& stop) const;

 private:
  FrontierReplications() = default;

  std::vector<Sample> samples_;
  std::vector<std::vector<double>> points_;
  // Position in rows_ of every scored member, sample by sample.
  std::vector<std::vector<std::size_t>> positions_;
  ReturnsToScale rts_ = ReturnsToScale::kVrs;
  Orientation orientation_ = Orientation::kInput;
  std::vector<std::int32_t> rows_;
  std::vector<double> distances_;
};

}  // namespace farrell::dea
