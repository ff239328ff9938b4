// The free disposal hull (Deprins, Simar & Tulkens 1984): a unit is compared with single observed units, never with
// combinations of them. Solved by enumeration, exactly.
//
// Returns to scale follow Kerstens & Vanden Eeckaut (1999): the peer may be scaled by a factor lambda of
//   kVrs {1} (the free disposal hull itself), kNirs [0, 1], kNdrs [1, inf), kCrs [0, inf), kGrs [low, high].
// With inputs x, good outputs y and bad outputs b of unit o and of a peer j the score is
//   input        min theta:  lambda x_j <= theta x_o,       lambda y_j >= y_o,             lambda b_j <= theta b_o
//   output       max phi:    lambda x_j <= x_o,             lambda y_j >= phi y_o,         lambda b_j <= b_o
//   directional  max beta:   lambda x_j <= x_o - beta g_x,  lambda y_j >= y_o + beta g_y,  lambda b_j <= b_o - beta g_b
// over j and lambda, in closed form for each j (directional: Cherchye, Kuosmanen & Post 2001). Bad outputs count as
// inputs: strongly disposable, and contracted with them (Hailu & Veeman 2001).
//
// Zeros: an input (or bad output) of which the unit uses nothing admits only peers that use nothing of it; an output it
// does not make asks for nothing. Negative values have no radial score and cannot be scaled; the directional score
// under kVrs accepts them, and adding a constant to a column leaves it unchanged if g does not move with the data.
#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_matrix.h"

namespace farrell::dea {

enum class FdhMeasure : std::uint8_t { kInput, kOutput, kDirectional };

struct FdhModel {
  ReturnsToScale rts = ReturnsToScale::kVrs;
  FdhMeasure measure = FdhMeasure::kInput;
  double weight_sum_low = 1;  // kGrs: 0 <= low <= 1 <= high
  double weight_sum_high = 1;
  std::vector<int> fixed;    // measures that theta or phi leave as they are (Banker & Morey 1986), ascending
  bool exclude_own = false;  // super-efficiency: the unit is not its own peer; scores may pass 1 (beta: fall below 0)
};

// Scores observation `row`. `direction` (kDirectional only): one entry per measure, inputs, outputs, bad outputs, in
// the data's own units, finite and >= 0; a measure with 0 is held fixed. `score` and `farrell` are theta, 1/phi and
// phi, or both beta.
//
// The peer has the best score (ties within 1e-11 of its size), then the largest plain sum of slacks, then comes first
// in (unit, time) order; `peers_unique` is false when another one has the same score and slack sum. A shortfall within
// 1e-11 of a cell is taken as rounding. There are no prices; there is no peer where the origin itself is the point
// compared with (beta = -1 at the most, outside the own reference set).
//
// Status kOptimal with a certificate by dominance (CertifyFdh); kInfeasible when no peer dominates the unit, only
// outside its own reference set; kUnbounded when the score has no positive finite value (theta or phi = 0, beta
// infinite, a direction of zeros); kNotSolved when stopped.
UnitScore SolveFdh(const Observations& data, std::int32_t row, const ReferenceMatrix& reference, const FdhModel& model,
                   const std::vector<double>& direction, const std::stop_token& stop);

// Proof by dominance, from data and answer alone. `primal` is the score; `dual` a level that no unit of the reference
// set reaches, tried outwards from the score, so that `gap` bounds what any other peer could gain; `max_violation` the
// worst of: the balance of each measure (peer + slack = target), negative slacks, a peer outside the reference set or
// scaled outside the technology. For a score that is kInfeasible both are 0 when no unit dominates at any level, for
// kUnbounded when one does at every level, or none at a positive phi.
Certificate CertifyFdh(const Observations& data, std::int32_t row, const ReferenceMatrix& reference,
                       const FdhModel& model, const std::vector<double>& direction, const UnitScore& score);

}  // namespace farrell::dea
