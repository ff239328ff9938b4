// The linear programs of data envelopment analysis: few rows (measures and a few more), one or two columns for each
// reference unit, a handful of others.
//
//   min, one after the other,  c_1 z, c_2 z, ...   s.t.  sum_b sum_j factor_bi * reference_(source_i)j * lambda_bj
//                                                         + sum_c column_ci * z_c = rhs_i,        lambda, z >= 0.
// Variables are numbered: weight j of block b is b * reference.padded_size() + j; then come the columns. `factor` is a
// signed power of two or 0, so that scaling introduces no rounding.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "services/dea/engine/reference_matrix.h"

namespace farrell::dea {

// One of the ordered objectives, to be minimised: a cost for each column (weights cost nothing).
struct Objective {
  std::vector<double> cost;
  // A sum of slacks in several units of measurement, each with a cost <= 0: slacks that are zero in every solution left
  // are found first, so that their units do not size the tolerances of those that matter.
  bool slack_sum = false;
};

struct LinearProgram {
  const ReferenceMatrix* reference = nullptr;
  int row_count = 0;
  int block_count = 1;
  std::vector<int> source;     // row of the reference matrix behind each row
  std::vector<double> factor;  // block-major, block_count x row_count
  int column_count = 0;
  std::vector<double> columns;  // column-major, column_count x row_count
  std::vector<double> rhs;
  std::vector<Objective> objectives;
  // Objective 0 is reported times this: -1 for a program that maximises.
  double sense = 1;
  // Column of the reference set that has no weight in any block, or -1.
  int excluded = -1;
  // Columns from here on only start the search; their sum is minimised before all else and must be 0. column_count:
  // none.
  int first_artificial = 0;
  // Variables of a feasible basis, one a row; empty: the search starts from artificial columns of its own.
  std::vector<int> start;

  int weight_count() const { return block_count * static_cast<int>(reference->padded_size()); }
  int column_variable(int column) const { return weight_count() + column; }
  int artificial_count() const { return column_count - first_artificial; }
  double* column(int c) { return columns.data() + static_cast<std::size_t>(c) * static_cast<std::size_t>(row_count); }
  const double* column(int c) const {
    return columns.data() + static_cast<std::size_t>(c) * static_cast<std::size_t>(row_count);
  }
  double* block_factor(int b) {
    return factor.data() + static_cast<std::size_t>(b) * static_cast<std::size_t>(row_count);
  }
  const double* block_factor(int b) const {
    return factor.data() + static_cast<std::size_t>(b) * static_cast<std::size_t>(row_count);
  }

  // Empties the program for `rows` rows: one block of zero factors, zero right-hand sides, no columns, no objectives.
  void Clear(const ReferenceMatrix& matrix, int rows);
  // Adds a zero column and returns its number. Artificial columns come last.
  int AddColumn();
  int AddArtificialColumn();
  // Adds an objective without costs.
  Objective& AddObjective();
};

// What solving gave. Vectors that do not belong to the outcome are empty.
struct Solution {
  std::vector<std::pair<int, double>> weights;  // variable of a weight and its value > 0, ascending
  std::vector<double> columns;                  // value >= 0 of each column
  std::vector<double> prices;                   // of the rows, for objective 0
  // Of the rows: a reduced cost at `prices` counts as zero up to the sum of these times the sizes of its terms. Only
  // where double precision told every tie from rounding: the canonical answer of the program, whoever solves it.
  std::vector<double> price_tolerances;
  // Of the rows, for the slack sum, over the variables that `prices` leave free; and those that prove which slacks are
  // zero in every solution.
  std::vector<double> slack_prices;
  std::vector<double> zero_slack_prices;
  std::vector<char> zero_slacks;  // columns left out of the slack sum as zero everywhere
  bool weights_unique = true;     // no other weights are as good under every objective
  bool prices_unique = true;      // no other prices, as far as could be told
  // Infeasible: prices y with y A <= 0 and y rhs > 0 (Farkas). Unbounded: values of all columns along which objective 0
  // improves; `weights` then holds those of the weights.
  std::vector<double> ray;
};

}  // namespace farrell::dea
