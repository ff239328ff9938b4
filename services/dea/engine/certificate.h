// Proof that a radial score is optimal, computed from the data and the answer alone: no basis, no tolerances of the
// solver.
#pragma once

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_matrix.h"

namespace farrell::dea {

// Largest gap and violation with which a score counts as certified.
inline constexpr double kCertified = 1e-9;

// Checks the weights, slacks and prices of `score` for observation `row` against `reference`.
//   primal  X lambda + s = theta x_o, Y lambda - s = y_o (input; output likewise), lambda, s >= 0, the convexity row;
//   dual    u y_j - v x_j + w <= 0 for every j (input) or v x_j - u y_j + w >= 0 (output), u, v >= 0, the sign of w
//   that
//           the technology asks for, and the normalisation.
// Each violation is relative to the sum of the absolute terms of its constraint. Strong duality (Charnes & Cooper 1962)
// makes the score optimal when both and the gap vanish.
Certificate Certify(const Observations& data, std::int32_t row, const ReferenceMatrix& reference, ReturnsToScale rts,
                    Orientation orientation, const UnitScore& score);

// Whether the certificate of `score` proves it: violation at most kCertified, and primal and dual equal to kCertified
// of their largest term. That is the score itself or, where the technology is far from constant returns, the price of
// the convexity row.
bool IsCertified(const UnitScore& score);

}  // namespace farrell::dea
