// The frontiers of a productivity study on which distances are carried over when new data arrive (set_record.h): those
// on which solving all would take long enough.
#pragma once

#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "common/cache/result_cache.h"
#include "common/status/status.h"
#include "services/dea/engine/productivity.h"
#include "services/dea/service/dataset.h"
#include "services/dea/service/set_record.h"

namespace farrell::dea {

class DistanceSets {
 public:
  // Both outlive it. `least_seconds`: as EvaluationRun::Limits::carry_seconds; changes no result.
  DistanceSets(const Dataset& dataset, const Productivity& study, double least_seconds = 2e-3);

  // There is none.
  bool empty() const { return sets_.empty(); }
  // Of the programs `open`, ascending, fills those into `scores`, one slot a program, whose earlier distances are
  // proven to stand, and returns the others. CANCELLED when stopped.
  Result<std::vector<std::size_t>> TakeOver(ResultCache& cache, const std::vector<std::size_t>& open,
                                            const std::stop_token& stop,
                                            std::vector<Productivity::Score>& scores) const;
  // Keeps what later data will be held against, of the sets that programs of `open` belong to.
  void Keep(ResultCache& cache, const std::vector<std::size_t>& open,
            const std::vector<Productivity::Score>& scores) const;

 private:
  struct Set {
    std::size_t first;  // programs
    std::size_t last;
    std::string family;
    std::string key;
    ScoredSet now;
  };

  const Productivity& study_;
  std::vector<Set> sets_;
};

}  // namespace farrell::dea
