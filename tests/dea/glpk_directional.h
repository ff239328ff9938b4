// Directional distances by GLPK, as an independent witness.
#pragma once

#include <cstdint>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea::testing {

// A program written out in full: who is compared with whom, along what.
struct DirectionalProgram {
  const Observations& data;
  std::int32_t row = 0;
  std::vector<std::int32_t> members;
  ReturnsToScale rts = ReturnsToScale::kCrs;
  double weight_sum_low = 1;
  double weight_sum_high = 1;
  Disposability disposability = Disposability::kStrong;
  std::vector<double> direction = {};  // one a measure
  std::vector<double> weights = {};    // one a measure: non-radial; empty: one distance of any sign
};

enum class Outcome : std::uint8_t { kOptimal, kInfeasible, kUnbounded, kUnknown };
struct Witness {
  Outcome outcome = Outcome::kUnknown;
  double value = 0;
};

// Variables are the distance or distances and one weight a member. Kuosmanen's technology is written in its product
// form: unit j works at z_j and keeps the share theta_j of its outputs, good and bad; with w_j = theta_j z_j
//   sum z_j x_j <= x,  sum w_j y_j >= y,  sum w_j b_j = b,  w_j <= z_j,  sum z_j as the returns to scale have it.
// Shephard's has one share theta, a variable beside w_j = theta z_j; where inputs move it is left at 1, which is right
// for CRS and NIRS only.
// Rows are scaled by the unit, columns by their largest entry, tolerances are 1e-10.
Witness SolveByGlpk(const DirectionalProgram& program);
// The same in exact rational arithmetic (glp_exact), from the floating-point basis; scaled by powers of two.
Witness SolveExactlyByGlpk(const DirectionalProgram& program);

}  // namespace farrell::dea::testing
