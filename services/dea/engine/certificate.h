// Proof that the solution of a program is what it claims to be, computed from the program and the answer alone: no
// basis, no tolerances of the solver.
#pragma once

#include "services/dea/engine/frame.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/program.h"

namespace farrell::dea {

// Largest gap and violation with which an answer counts as certified.
inline constexpr double kCertified = 1e-9;

struct Proof {
  Certificate certificate;
  bool holds = false;
};

// Strong duality (Gale, Kuhn & Tucker 1951) makes the solution optimal for objective 0 when weights and columns meet
// every row and are >= 0, every weight and column costs at least its worth at the prices, and both values agree. Each
// violation is relative to the sum of the absolute terms of its constraint; the gap counts relative to the largest of
// 1, the value and the terms of the dual value. certificate.primal and .dual are told in the program's sense; slack_gap
// is the larger of the gap and the violations of the slack sum, whose prices count only for variables that objective 0
// leaves free. With a frame the prices are checked against its units; that they hold for the others as well follows
// from the memberships shown when it was made (frame.h).
Proof CertifyOptimal(const LinearProgram& program, const Solution& solution, const Frame* frame = nullptr);

// Farkas' lemma: prices that every weight and column meets (y A <= 0) and the right-hand side breaks (y b > 0).
// certificate.primal is y b relative to its terms.
Proof CertifyInfeasible(const LinearProgram& program, const Solution& solution);

// A nonnegative direction that leaves every row as it is and improves objective 0. certificate.primal is its
// improvement.
Proof CertifyUnbounded(const LinearProgram& program, const Solution& solution);

}  // namespace farrell::dea
