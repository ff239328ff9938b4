// The radial models of Charnes, Cooper & Rhodes (1978) and Banker, Charnes & Cooper (1984), one unit at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_matrix.h"
#include "services/dea/engine/simplex.h"

namespace farrell::dea {

// Scores observations against reference sets:
//   input   min theta  s.t.  X lambda <= theta x_o,  Y lambda >= y_o,        lambda >= 0
//   output  max phi    s.t.  X lambda <= x_o,        Y lambda >= phi y_o,    lambda >= 0
// with sum(lambda) free, = 1, <= 1 or >= 1, then the largest plain sum of slacks, then the lexicographically largest
// weights in (unit, time) order. Reuses its memory from unit to unit; one solver per thread.
class RadialSolver {
 public:
  // For models with at most `dimension` inputs and outputs.
  explicit RadialSolver(int dimension);

  // Status kOptimal with a certificate that proves it (IsCertified); kInfeasible when no point of the technology
  // dominates the unit; kUnbounded when the score has no finite value (phi = 0); both only outside the unit's own
  // reference set. kNotSolved: an iteration limit, a failed certificate, or a stop request.
  UnitScore Solve(const Observations& data, std::int32_t row, const ReferenceMatrix& reference, ReturnsToScale rts,
                  Orientation orientation, const SolveOptions& options, const std::stop_token& stop);

  // Simplex pivots of the last solve.
  int iterations() const { return iterations_; }
  // Basic variables of the last solve; a start for a similar unit against the same reference set.
  const std::vector<int>& basis() const { return basis_; }

 private:
  // What is asked of one unit.
  struct Question {
    const Observations& data;
    std::int32_t row;
    const ReferenceMatrix& reference;
    ReturnsToScale rts;
    Orientation orientation;
    bool input() const { return orientation == Orientation::kInput; }
  };
  void Build(const Question& question);
  template <typename Real>
  SolveOutcome Attempt(Simplex<Real>& simplex, const Question& question, const SolveOptions& options,
                       const std::stop_token& stop, UnitScore& result);
  template <typename Real>
  void Extract(const Simplex<Real>& simplex, const Question& question, UnitScore& result) const;

  int dimension_;
  Simplex<double> simplex_;
  std::unique_ptr<Simplex<Quad>> quad_;  // made when first needed
  LinearProgram program_;
  std::vector<int> basis_;
  int iterations_ = 0;
};

}  // namespace farrell::dea
