// Scale elasticity and most productive scale size of a unit's point on the frontier, as ranges over all optimal
// solutions: nothing depends on which of them a solver happened to find.
//
// Scale elasticity (Banker, Charnes & Cooper 1984; Banker & Thrall 1992; Foersund & Hjalmarsson 2004): the percentage
// by which all outputs can grow when all inputs grow by one per cent. On a supporting hyperplane u y - v x + w = 0 at
// the radial projection of the unit onto the frontier under variable returns it is v x / u y:
//   input   theta / (theta - w)        output   (phi - w) / phi,
// w the price of the convexity row (UnitScore::scale_price). At a corner w ranges over an interval; its ends give the
// elasticity to the right (growing, the smaller one) and to the left (shrinking, the larger one). They are the
// one-sided derivatives of the score in the right-hand side of the convexity row, two linear programs.
//
// Returns to scale are increasing when the whole range lies above 1, decreasing when below, constant when it holds 1
// (Banker & Thrall 1992): exactly where CRS and VRS scores agree.
//
// Most productive scale size (Banker 1984): with an optimum of the CRS program whose weights sum to k, the projected
// point divided by k has the largest average productivity of its mix. k is minimised and maximised over all optima.
#pragma once

#include <optional>
#include <stop_token>

#include "services/dea/engine/frame.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/program_solver.h"
#include "services/dea/engine/simplex.h"
#include "services/dea/engine/technology.h"

namespace farrell::dea {

struct ScaleRange {
  // kOptimal: both programs were solved and proved. kInfeasible or kUnbounded: the unit has no score. kNotSolved.
  UnitStatus status = UnitStatus::kNotSolved;
  // Unset: infinite.
  std::optional<double> low;
  std::optional<double> high;
};

// Reuses its memory from unit to unit; one solver per thread. `orientation`: kInput or kOutput. A frame of the
// reference set under kVrs spares time and changes no bit.
class ScaleSolver {
 public:
  ScaleSolver(const Observations& data, Orientation orientation);

  // Elasticity at the frontier point, 0 <= low <= high. `farrell` is theta or phi of the unit under kVrs against the
  // same reference set. 0: outputs cannot grow with inputs (the largest scale); infinite: inputs cannot shrink without
  // losing all output (the smallest). A projection that could make more of every output at no cost (a slack in each)
  // has only vertical supporting hyperplanes; then both ends are infinite.
  ScaleRange Elasticity(const Question& question, double farrell, const std::stop_token& stop,
                        const Frame* frame = nullptr);

  // Factors 0 < low <= high that bring the unit's projection under kCrs to most productive scale size; 1 lies between
  // them exactly where CRS and VRS scores agree.
  ScaleRange ProductiveScale(const Question& question, const std::stop_token& stop, const Frame* frame = nullptr);

 private:
  // One side: the derivative when the convexity row grows (+1) or shrinks (-1) by an infinitesimal step.
  UnitStatus SolveSide(const Question& question, double farrell, int side, const SolveOptions& options,
                       const std::stop_token& stop, std::optional<double>& elasticity);
  UnitStatus SolveWeightSum(const Question& question, int sign, const SolveOptions& options,
                            const std::stop_token& stop, double& weight_sum);
  UnitStatus SolveAsRounded(const SolveOptions& options, const std::stop_token& stop);
  int Begin(const Question& question);

  bool input_;
  Technology technology_;
  Simplex<double> simplex_;
  ProgramSolver solver_;
  LinearProgram program_;
  Solution solution_;
  Certificate certificate_;
};

}  // namespace farrell::dea
