// Radial scores by GLPK from the multiplier program: the dual of what the engine solves, written from the multipliers'
// side.
//
//   input   max u y_o - v_N x_No + L a - U b   s.t.  v_D x_Do = 1,   u y_j - v x_j + a - b <= 0 for all j
//   output  min v x_o - u_N y_No - L a + U b   s.t.  u_D y_Do = 1,   the same rows
// with D the discretionary measures of the scored side and N its others; u, v >= 0, of equality rows free; a, b >= 0
// price the sum of weights from below (L) and above (U), one or both left out under one-sided returns to scale. Weight
// restrictions are rows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

struct glp_prob;

namespace farrell::dea::testing {

struct MultiplierAnswer {
  enum class Outcome : std::uint8_t { kOptimal, kNoMultipliers, kUnbounded, kUndecided };
  Outcome outcome = Outcome::kUndecided;
  double value = 0;  // theta or phi
};

class GlpkMultiplier {
 public:
  // Reads rts, its limits, orientation, non-discretionary measures and weight restrictions of the model.
  GlpkMultiplier(const Model& model, const Observations& data, std::vector<std::int32_t> members);

  MultiplierAnswer Solve(std::int32_t row) const;
  // In exact rational arithmetic (glp_exact), starting from the floating-point basis.
  MultiplierAnswer SolveExactly(std::int32_t row) const;
  // Whether no point of the technology dominates the unit: the program with 0 for every right-hand side is unbounded
  // (Farkas), whether or not there are multipliers.
  bool IsInfeasible(std::int32_t row) const;

 private:
  struct Delete {
    void operator()(glp_prob* problem) const;
  };
  std::unique_ptr<glp_prob, Delete> Build(std::int32_t row, bool exact_scaling, bool homogeneous = false) const;
  bool IsFixed(int measure) const;
  int IndexOf(const std::string& name) const;

  const Model& model_;
  const Observations& data_;
  std::vector<std::int32_t> members_;
};

// How a score of the engine compares with the witness; glp_exact decides where GLPK differs. Returns what is wrong, or
// an empty text; adds to `exact` where glp_exact had to decide.
std::string Disagreement(const GlpkMultiplier& glpk, std::int32_t row, const UnitScore& score, int& exact);

}  // namespace farrell::dea::testing
