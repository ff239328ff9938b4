// Solves a program and proves the answer: double precision first, twice the digits where that does not prove itself.
#pragma once

#include <memory>
#include <stop_token>
#include <vector>

#include "services/dea/engine/certificate.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/program.h"
#include "services/dea/engine/simplex.h"

namespace farrell::dea {

// Reuses its memory from program to program; one solver per thread.
class ProgramSolver {
 public:
  // For programs of at most `max_rows` rows.
  explicit ProgramSolver(int max_rows);

  // kOptimal with a certificate that proves the solution, and with price tolerances where it is settled in double
  // precision; kInfeasible and kUnbounded, said only after a second look in
  // twice the digits, with a ray that proves them; kNotSolved: an iteration limit, an answer that does not prove itself
  // (the certificate says by how much), or a stop request.
  UnitStatus Solve(const LinearProgram& program, const SolveOptions& options, const std::stop_token& stop,
                   Solution& solution, Certificate& certificate);

  // Simplex pivots of the last solve.
  int iterations() const { return iterations_; }
  // Basic variables of the last solve; a start for a similar program on the same reference set.
  const std::vector<int>& basis() const { return basis_; }

 private:
  template <typename Real>
  SolveOutcome Attempt(Simplex<Real>& simplex, const LinearProgram& program, const SolveOptions& options,
                       const std::stop_token& stop, Solution& solution, Certificate& certificate);

  int max_rows_;
  Simplex<double> simplex_;
  std::unique_ptr<Simplex<Quad>> quad_;  // made when first needed
  std::vector<int> basis_;
  int iterations_ = 0;
};

}  // namespace farrell::dea
