#include "services/dea/engine/program_solver.h"

#include <utility>

namespace farrell::dea {

ProgramSolver::ProgramSolver(int max_rows) : max_rows_(max_rows), simplex_(max_rows) {}

template <typename Real>
SolveOutcome ProgramSolver::Attempt(Simplex<Real>& simplex, const LinearProgram& program, const SolveOptions& options,
                                    const std::stop_token& stop, Solution& solution, Certificate& certificate) {
  const Frame* frame = options.frame;
  SolveOutcome outcome = simplex.Solve(program, options, stop);
  iterations_ += simplex.iterations();
  if (outcome == SolveOutcome::kOptimal && !simplex.FrameSuffices()) {
    SolveOptions all = options;
    all.start = simplex.basis();
    all.frame = frame = nullptr;
    outcome = simplex.Solve(program, all, stop);
    iterations_ += simplex.iterations();
  }
  if (outcome != SolveOutcome::kOptimal && outcome != SolveOutcome::kInfeasible &&
      outcome != SolveOutcome::kUnbounded) {
    return outcome;
  }
  simplex.Read(solution);
  Proof proof = outcome == SolveOutcome::kOptimal      ? CertifyOptimal(program, solution, frame)
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
  const auto is_plain = [&](SolveOutcome outcome) {
    return outcome == SolveOutcome::kOptimal && simplex_.is_settled() && certificate.slack_gap <= kCertified;
  };
  const auto otherwise = [&](UnitStatus status) {
    solution.price_tolerances.clear();
    return status;
  };
  // From the start that was offered, then from the program's own.
  SolveOptions own_start = options;
  own_start.start.clear();
  SolveOutcome outcome = SolveOutcome::kUncertified;
  for (const SolveOptions* attempt : {&options, &std::as_const(own_start)}) {
    if (attempt == &options && options.start.empty()) continue;
    outcome = Attempt(simplex_, program, *attempt, stop, solution, certificate);
    if (outcome == SolveOutcome::kStopped) return otherwise(UnitStatus::kNotSolved);
    if (is_plain(outcome)) return UnitStatus::kOptimal;
  }
  // Everything else, "infeasible" included, is said only after a second look in twice the digits.
  if (!quad_) quad_ = std::make_unique<Simplex<Quad>>(max_rows_);
  Solution exact;
  Certificate proof;
  switch (Attempt(*quad_, program, own_start, stop, exact, proof)) {
    case SolveOutcome::kOptimal:
      // More digits see differences that are rounding in the data; the answer is the plain one wherever that is clear.
      own_start.start = quad_->basis();
      outcome = Attempt(simplex_, program, own_start, stop, solution, certificate);
      if (is_plain(outcome)) return UnitStatus::kOptimal;
      // Among units that tie within rounding more digits choose by the rounding, and miss the largest sum of slacks.
      if (outcome == SolveOutcome::kOptimal && certificate.slack_gap <= kCertified && proof.slack_gap > kCertified) {
        return otherwise(UnitStatus::kOptimal);
      }
      basis_ = quad_->basis();
      solution = std::move(exact);
      certificate = std::move(proof);
      return otherwise(UnitStatus::kOptimal);
    case SolveOutcome::kInfeasible:
      solution = std::move(exact);
      certificate = std::move(proof);
      return otherwise(UnitStatus::kInfeasible);
    case SolveOutcome::kUnbounded:
      solution = std::move(exact);
      certificate = std::move(proof);
      return otherwise(UnitStatus::kUnbounded);
    case SolveOutcome::kStopped: return otherwise(UnitStatus::kNotSolved);
    default: break;
  }
  // What double precision proved stands, if more digits prove nothing: they may trip over the last bit of a cell.
  switch (outcome) {
    case SolveOutcome::kOptimal: return otherwise(UnitStatus::kOptimal);
    case SolveOutcome::kInfeasible: return otherwise(UnitStatus::kInfeasible);
    case SolveOutcome::kUnbounded: return otherwise(UnitStatus::kUnbounded);
    default: break;
  }
  certificate = std::move(proof);
  return otherwise(UnitStatus::kNotSolved);
}

}  // namespace farrell::dea
