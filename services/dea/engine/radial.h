// The radial models of Charnes, Cooper & Rhodes (1978) and Banker, Charnes & Cooper (1984), one unit at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

#include "services/dea/engine/formulation.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_matrix.h"

namespace farrell::dea {

//   input   min theta  s.t.  X lambda <= theta x_o,  Y lambda >= y_o,        lambda >= 0
//   output  max phi    s.t.  X lambda <= x_o,        Y lambda >= phi y_o,    lambda >= 0
// over the technology of the model (technology.h); bad outputs stay at the unit's own level in the output orientation
// and shrink with the inputs in the input orientation. Then the largest plain sum of slacks. score = theta or 1/phi.
// With Model::super the unit is left out of its own reference set (Andersen & Petersen 1993).
//
// Non-discretionary measures are not scaled. Of the scaled side (inputs in the input orientation) at least one must be
// free. Under kBankerMorey (Banker & Morey 1986, eq. 3) their rows stay inequalities and their slacks are left out of
// the sum; under kNcn (Cooper, Seiford & Tone 2007, ch. 7) they are equalities, and their prices have any sign. On the
// other side the rule alone decides: an inequality leaves the score as it is, an equality may change it. Zero is a
// value as any other; a unit whose scaled measures are all zero, or that could do without all of its scaled inputs
// (theta = 0), has no score (kUnbounded).
//
// Generalised returns to scale bound the sum of weights by L and U (Cooper, Seiford & Tone 2007, ch. 5); 0 <= L <= 1 <=
// U, so that a unit can be compared with itself. L = U = 1 is VRS, (0, 1) NIRS, (1, large) NDRS.
//
// With weight restrictions the program is that of weight_restrictions.h.
std::unique_ptr<Formulation> MakeRadial(const Model& model, const Observations& data);

// Radial scores by technology and orientation, for callers that change both from unit to unit.
class RadialSolver {
 public:
  // For models with at most `dimension` inputs and outputs.
  explicit RadialSolver(int dimension);

  // Status kOptimal with a certificate that proves it; kInfeasible when no point of the technology dominates the unit;
  // kUnbounded when the score has no positive finite value (theta or phi is 0); both only outside the unit's own
  // reference set.
  // kNotSolved: an iteration limit, a failed certificate, or a stop request.
  UnitScore Solve(const Observations& data, std::int32_t row, const ReferenceMatrix& reference, ReturnsToScale rts,
                  Orientation orientation, const SolveOptions& options, const std::stop_token& stop);

  // Simplex pivots of the last solve.
  int iterations() const { return solver_.iterations(); }
  // Basic variables of the last solve; a start for a similar unit against the same reference set.
  const std::vector<int>& basis() const { return solver_.basis(); }

 private:
  ProgramSolver solver_;
  LinearProgram program_;
  Solution solution_;
};

}  // namespace farrell::dea
