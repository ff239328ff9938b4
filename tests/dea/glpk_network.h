// Two-stage efficiency by GLPK in the multiplier form of the sources, as an independent witness.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "services/dea/engine/network.h"

struct glp_prob;

namespace farrell::dea::testing {

// Variables are the multipliers v, w, u (and a, b under VRS), each times the unit's own value; rows the inequalities of
// every unit, scaled to a largest entry of 1. Tolerances are 1e-10.
class GlpkNetwork {
 public:
  GlpkNetwork(const NetworkObservations& data, NetworkModel model, std::vector<std::int32_t> members);

  enum class Goal : std::uint8_t { kSystem, kStage1, kStage2 };

  // The score; or stage 1 or 2 as large as a score of at least `held` allows. nullopt when GLPK finds no optimum.
  std::optional<double> Solve(std::int32_t row, Goal goal, double held) const;

 private:
  struct Delete {
    void operator()(glp_prob* problem) const;
  };
  std::unique_ptr<glp_prob, Delete> Build(std::int32_t row, Goal goal, double held) const;

  const NetworkObservations& data_;
  NetworkModel model_;
  std::vector<std::int32_t> members_;
};

}  // namespace farrell::dea::testing
