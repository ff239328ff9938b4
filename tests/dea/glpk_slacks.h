// Slacks-based scores by GLPK, as an independent witness.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

struct glp_prob;

namespace farrell::dea::testing {

// The programs as textbooks print them, one built for each unit, with rows scaled by the evaluated unit and columns by
// their largest entry, all by powers of two, so that scaling changes no number.
class GlpkSlacks {
 public:
  // Model: kind, rts, orientation, super; strong disposability and discretionary measures only.
  GlpkSlacks(const Observations& data, std::vector<std::int32_t> members, Model model);

  struct Answer {
    bool feasible = false;
    // kAdditive: the largest slack sum; kRam, kBam: the largest mean of adjusted slacks; kSbm: rho.
    double value = 0;
  };
  // nullopt when GLPK gives up. Tolerances 1e-10; `exactly`: in rational arithmetic (glp_exact) from there. With `room`
  // the rows of measures may be missed by that much relative to the unit's own value (kAdditive, kRam, kBam).
  std::optional<Answer> Solve(std::int32_t row, bool exactly, double room = 0) const;

  // kRadial: the largest plain sum of slacks among the solutions with the best theta or phi, in rational arithmetic.
  // With `room`, the largest when rows and score may be missed by that much, relatively.
  std::optional<double> RadialSlackSum(std::int32_t row, double room) const;

 private:
  struct Delete {
    void operator()(glp_prob* problem) const;
  };
  struct Builder;
  std::unique_ptr<glp_prob, Delete> Additive(std::int32_t row, double room) const;
  // The enhanced Russell graph measure (Pastor, Ruiz & Sirvent 1999, program (5)): factors theta <= 1 of the inputs and
  // phi >= 1 of the outputs, min mean theta / mean phi, all multiplied by beta = 1 / mean phi. With Model::super
  // theta >= 1, phi <= 1 and no own weight (Tone 2002).
  std::unique_ptr<glp_prob, Delete> Russell(std::int32_t row) const;

  const Observations& data_;
  std::vector<std::int32_t> members_;
  Model model_;
};

}  // namespace farrell::dea::testing
