// Cross-efficiency: every unit scored with every unit's multipliers (Sexton, Silkman & Hogan 1986; Doyle & Green 1994).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "services/dea/engine/evaluate.h"
#include "services/dea/engine/formulation.h"
#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/program_solver.h"
#include "services/dea/engine/reference_matrix.h"

namespace farrell::dea {

// Unit k, the rater, has the multipliers (u, v) that are optimal in its own radial program (input orientation, CRS):
// u y_k = theta_k v x_k, u y_j <= v x_j for all j of the reference set. Where several are, a second goal chooses, with
// X and Y the sums of inputs and outputs over the other units:
//   kArbitrary          the canonical ones, UnitScore::input_prices and output_prices
//   kAggressive     method II: least    u Y - v X  with v x_k = 1
//   kBenevolent     method II: largest  u Y - v X  with v x_k = 1
//   kAggressiveIii  method III: least   u Y / v X  (u Y with v X = 1)
//   kBenevolentIii  method III: largest u Y / v X
// Multipliers that are still not unique are the canonical ones of the second program. theta_k is never rounded into it:
// optimality is said by the complementary solution (u y_j = v x_j for the peers of k, no worth where k has slack).
//
// Cross score of unit j: the mean over all raters, itself included, of u_k y_j / v_k x_j; in [0, 1], at most theta_j.
//   Zero data: a rater for whom all inputs of j are worth nothing says nothing of j, whose score is then unset. A rater
// has no multipliers where the second goal has no optimum: the aggressive one of method II when the rater uses none of
// an input (the worth of what others use of it grows without bound), those of method III when all of its optimal
// multipliers value the inputs of the others at nothing, or all of the best ones its own.
class CrossRater {
 public:
  // `units`: those that rate and are rated; each a member of `reference`. `data` and `reference` must outlive the
  // rater. One rater per thread; it reuses its memory.
  CrossRater(const Observations& data, const ReferenceMatrix& reference, std::vector<std::int32_t> units,
             CrossEfficiency kind);

  // Multipliers of inputs, then outputs, per data unit, up to a factor. `score` is the unit's radial score; nullopt
  // when it is not kOptimal, when the second goal has no optimum or was not solved, or on a stop request.
  std::optional<std::vector<double>> Multipliers(std::int32_t row, const UnitScore& score, const std::stop_token& stop);

 private:
  void Build(std::int32_t row, const UnitScore& score);

  const Observations& data_;
  const ReferenceMatrix& reference_;
  CrossEfficiency kind_;
  std::vector<std::int32_t> units_;
  Technology technology_;
  std::vector<double> others_;  // sums over the units but the rater
  ProgramSolver solver_;
  LinearProgram program_;
  Solution solution_;
  Certificate certificate_;
};

// Cross scores of a whole evaluation: the units of a reference set rate one another. Two passes over the positions of
// the evaluation, each in any number of threads on disjoint ranges: Rate for all, then Average. Memory in proportion to
// units x measures (the matrix of ratios is never kept); time of Rate a program a unit with method II or III, of
// Average the square of the units of a set.
class CrossEvaluation {
 public:
  // `evaluation` is that of `data` under a plain radial model, input orientation, CRS.
  CrossEvaluation(const Observations& data, const Evaluation& evaluation, CrossEfficiency kind);

  // Multipliers of the raters at positions [begin, end) from their radial scores, one slot an observation. Calls `done`
  // after each unit, if set. False when stopped.
  bool Rate(std::size_t begin, std::size_t end, const std::vector<UnitScore>& scores, const std::stop_token& stop,
            const std::function<void(std::int64_t units)>& done);

  // Writes UnitScore::cross_score of the units at positions [begin, end); unset where a rater of the set has no
  // multipliers or says nothing of the unit. False when stopped.
  bool Average(std::size_t begin, std::size_t end, std::vector<UnitScore>& scores, const std::stop_token& stop,
               const std::function<void(std::int64_t units)>& done) const;

 private:
  std::size_t SetAt(std::size_t position) const;
  std::optional<double> Mean(std::size_t position) const;

  const Observations& data_;
  const Evaluation& evaluation_;
  CrossEfficiency kind_;
  std::vector<double> multipliers_;  // by position
  std::vector<char> rates_;          // whether the unit at a position has multipliers
};

}  // namespace farrell::dea
