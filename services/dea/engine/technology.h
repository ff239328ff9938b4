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
// where an input may be wasted and an output thrown away (the slack). Bad outputs: strong, as inputs; weak (Shephard
// 1970), an equality; Kuosmanen (2005), an equality with a second block of weights that uses inputs and counts in the
// sum of weights but makes nothing. Non-controllable measures are equalities, Banker & Morey's (1986) ordinary rows
// that the caller does not scale. The sum of weights: free, = 1, <= 1, >= 1, or within [low, high] as two rows.
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

  // Starts the program of a unit: rows, slacks (the first columns) and the unit's own values on the right-hand side.
  // With `without_own` the unit's weight is excluded. `extra_rows` more rows, empty, come last.
  void Begin(const Question& question, bool without_own, LinearProgram& program, int extra_rows = 0) const;

  // Adds the objective of the second phase: the largest plain sum of slacks, in the data's own units.
  void AddSlackSum(LinearProgram& program) const;

  // Gives the program the starting basis of a unit compared with itself: `column` basic in the row of `column_measure`,
  // the unit's own weight (an artificial column where it may have none) in the row of the sum of weights or of another
  // measure that stays on the right-hand side, slacks elsewhere. Does nothing where a row has no slack. Call it last.
  void StartFromOwn(const Question& question, int column, int column_measure, LinearProgram& program) const;

  // Reads weights (divided by `weight_scale`), slacks (likewise), prices and uniqueness into `score`.
  void Read(const Question& question, const LinearProgram& program, const Solution& solution, double weight_scale,
            UnitScore& score) const;
  // Targets: `aims` (one a measure: the value the row compares with) less waste, plus shortfall.
  void SetTargets(const std::vector<double>& aims, UnitScore& score) const;

 private:
  int input_count_;
  int output_count_;
  ReturnsToScale rts_;
  double weight_sum_low_;
  double weight_sum_high_;
  bool two_blocks_;
  int row_count_;
  std::vector<double> signs_;
  std::vector<char> discretionary_;
  std::vector<int> slack_columns_;
};

}  // namespace farrell::dea
