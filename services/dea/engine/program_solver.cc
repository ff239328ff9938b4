#include "services/dea/engine/program_solver.h"

#include <utility>

namespace farrell::dea {

ProgramSolver::ProgramSolver(int max_rows) : max_rows_(max_rows), simplex_(max_rows) {}

template <typename Real>
SolveOutcome ProgramSolver::Attempt(Simplex<Real>& simplex, const LinearProgram& program, const SolveOptions& options,
                                    const std::stop_token& stop, Solution& solution, Certificate& certificate) {
  const SolveOutcome outcome = simplex.Solve(program, options, stop);
  iterations_ += simplex.iterations();
  if (outcome != SolveOutcome::kOptimal && outcome != SolveOutcome::kInfeasible &&
      outcome != SolveOutcome::kUnbounded) {
    return outcome;
  }
  simplex.Read(solution);
  Proof proof = outcome == SolveOutcome::kOptimal      ? CertifyOptimal(program, solution)
                : outcome == SolveOutcome::kInfeasible ? CertifyInfeasible(program, solution)
                                                       : CertifyUnbounded(program, solution);
  certificate = std::move(proof.certificate);
  if (!proof.holds) return SolveOutcome::kUncertified;
  if (outcome == SolveOutcome::kOptimal) basis_ = simplex.basis();
  return outcome;
}

UnitStatus ProgramSolver::Solve(const LinearProgram& program, const SolveOptions& options, const std::stop_token& stop,
                                Solution& solution, Certificate& certificate) {
  iterations_ = 0;
  basis_.clear();
  const SolveOutcome first = Attempt(simplex_, program, options, stop, solution, certificate);
  if (first == SolveOutcome::kOptimal) return UnitStatus::kOptimal;
  if (first == SolveOutcome::kStopped) return UnitStatus::kNotSolved;
  // Everything else, "infeasible" included, is said only after a second look in twice the digits.
  if (!quad_) quad_ = std::make_unique<Simplex<Quad>>(max_rows_);
  switch (Attempt(*quad_, program, {}, stop, solution, certificate)) {
    case SolveOutcome::kOptimal: return UnitStatus::kOptimal;
    case SolveOutcome::kInfeasible: return UnitStatus::kInfeasible;
    case SolveOutcome::kUnbounded: return UnitStatus::kUnbounded;
    default: return UnitStatus::kNotSolved;
  }
}

}  // namespace farrell::dea
