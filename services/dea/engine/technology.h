// The technology of a model as rows of a program: what a reference set with given returns to scale and disposability
// can do. Every envelopment model starts from these rows and adds its own columns.
#pragma once

#include <cstdint>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/program.h"
#include "services/dea/engine/reference_matrix.h"

namespace farrell::dea {

// What is asked of one unit.
struct Question {
  const Observations& data;
  std::int32_t row;
  const ReferenceMatrix& reference;
  const double* own() const { return data.row(static_cast<std::size_t>(row)); }
};

// Row i of the program belongs to measure i (inputs, outputs, bad outputs, as in Observations); rows of the sum of
// weights follow. With `sign` +1 for inputs and bad outputs, -1 for outputs:
//   sign * (sum_j lambda_j z_ij) + slack_i = sign * z_io   (times a power of two that brings z_io near 1),
// where an input may be wasted and an output thrown away (the slack). The sum of weights: free, = 1, <= 1, >= 1, or
// within [low, high] as two rows.
//   Bad outputs. Strong: as inputs. Weak (Shephard 1970): good and bad outputs shrink together by one factor theta in
// [0, 1] at unchanged inputs,
//   X z <= x,  theta Y z >= y,  theta B z = b,  sum z as the returns to scale have it.
// With lambda = theta z this is the equality B lambda = b and nothing else where sums of weights below any allowed one
// are allowed too: CRS, NIRS, GRS with low = 0. Elsewhere theta is a column (X lambda <= theta x, sum lambda = theta,
// theta <= 1); that is linear as long as inputs stay on the right-hand side, which is for the caller to see to. Peers
// are told as lambda, input slacks as those of X z. Kuosmanen (2005): every unit has a factor of its own; with mu what
// is abated, X (lambda + mu) <= x, Y lambda >= y, B lambda = b, sum (lambda + mu), the convex hull of all that
// Shephard's units can do. Under CRS, NIRS and GRS with low = 0 both are the same set; strong disposability contains it
// there, not under VRS, where abating to nothing takes no clean unit.
//   Non-controllable measures are equalities, Banker & Morey's (1986) ordinary rows that the caller does not scale.
class Technology {
 public:
  // Counts and roles of measures are those of `data`; names are looked up in `model`.
  Technology(const Model& model, const Observations& data);

  int measure_count() const { return static_cast<int>(signs_.size()); }
  int row_count() const { return row_count_; }
  double sign(int measure) const { return signs_[static_cast<std::size_t>(measure)]; }
  // Whether the unit may choose the measure.
  bool is_discretionary(int measure) const { return discretionary_[static_cast<std::size_t>(measure)] != 0; }
  // Column of the slack of a measure's row, or -1 where the row is an equality.
  int slack_column(int measure) const { return slack_columns_[static_cast<std::size_t>(measure)]; }
  // The value 1 of a measure in the units of its row, > 0.
  static double Scale(const LinearProgram& program, int measure);

  // What a weight's entry in row i of a block is multiplied by: a signed power of two, or 0.
  double Factor(const Question& question, int block, int i) const;
  int block_count() const { return two_blocks_ ? 2 : 1; }
  // Row i of the reference matrix, the ones for rows of the sum of weights, is behind row i of the program; rows from
  // here on have no weights.
  int weighted_row_count() const { return measure_count() + scale_row_count_; }
  // Whether Begin writes the same rows for both, the members aside.
  bool SameRows(const Question& then, const Question& now) const;

  // Starts the program of a unit: rows, slacks (the first columns) and the unit's own values on the right-hand side.
  // With `without_own` the unit's weight is excluded. `extra_rows` more rows, empty, come last.
  void Begin(const Question& question, bool without_own, LinearProgram& program, int extra_rows = 0) const;

  // Adds the objective of the second phase: the largest plain sum of slacks, in the data's own units.
  void AddSlackSum(LinearProgram& program) const;

  // Gives the program the starting basis of a unit compared with itself: `column` basic in the row of `column_measure`,
  // the unit's own weight (an artificial column where it may have none) in the row of the sum of weights or of another
  // measure that stays on the right-hand side, slacks elsewhere. Does nothing where a row has no slack. Call it last.
  void StartFromOwn(const Question& question, int column, int column_measure, LinearProgram& program) const;

  // Reads weights, divided by `weight_scale`, as peers.
  static void ReadPeers(const Question& question, const LinearProgram& program, const Solution& solution,
                        double weight_scale, UnitScore& score);
  // Reads weights (divided by `weight_scale`), slacks (likewise), prices and uniqueness into `score`.
  void Read(const Question& question, const LinearProgram& program, const Solution& solution, double weight_scale,
            UnitScore& score) const;
  // Whether Shephard's factor is 0 for a unit outside its own set: nothing at all is made, and whether anybody could do
  // so with the unit's inputs the program does not tell. Such a score has no value.
  bool LeavesNothing(const Question& question, const LinearProgram& program, const Solution& solution) const;
  // Targets: `aims` (one a measure: the value the row compares with) less waste, plus shortfall.
  void SetTargets(const std::vector<double>& aims, UnitScore& score) const;

 private:
  double ScaleRowSign(int row) const;

  int input_count_;
  int output_count_;
  ReturnsToScale rts_;
  double weight_sum_low_;
  double weight_sum_high_;
  bool two_blocks_;
  bool abated_;
  int scale_row_count_;
  int row_count_;
  int abatement_column_ = 0;
  std::vector<double> signs_;
  std::vector<char> discretionary_;
  std::vector<int> slack_columns_;
};

}  // namespace farrell::dea
