// Distances of a productivity study, kept by parts: one period's data on one frontier. A new or revised period leaves
// the parts of all others at hand.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/cache/result_cache.h"
#include "services/dea/engine/productivity.h"

namespace farrell::dea {

class DistanceParts {
 public:
  // Outlived by the study. The key of a part holds what its programs are made of and nothing else: the model of the
  // distance, the cells of the frontier and those of the rows scored.
  explicit DistanceParts(const Productivity& study);

  // Fills what is at hand into `scores`, one slot a program, and returns the other programs, ascending.
  std::vector<std::size_t> Take(ResultCache& cache, std::vector<Productivity::Score>& scores);
  // Keeps the parts that were not at hand; `again`: none was looked for (ResultCache::Store).
  void Keep(ResultCache& cache, const std::vector<Productivity::Score>& scores, bool again) const;

 private:
  struct Part {
    std::string key;
    std::vector<std::size_t> programs;
    bool at_hand = false;
  };
  std::vector<Part> parts_;
};

// The key of programs of one technology on one frontier: what their distances are made of.
std::string DistancesKey(const Productivity& study, const Model& technology, const ReferenceMatrix& frontier,
                         const std::vector<std::size_t>& programs);

// Scores as bytes, four doubles each, without their proofs.
inline constexpr std::size_t kScoreBytes = 4 * sizeof(double);
void AppendScore(std::string& bytes, const Productivity::Score& score);
// False when they are not `count` scores.
bool ReadScores(std::string_view bytes, std::size_t count, Productivity::Score* scores);

}  // namespace farrell::dea
