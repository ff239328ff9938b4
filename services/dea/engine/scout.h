// A fast solver of radial programs: plain double arithmetic, no ties decided, no second phase.
//
// For one reference set the prices (v, u, w) >= 0 with v x_j - u y_j - w >= 0 for every unit j form a cone that does
// not depend on the point that is scored; the score is the best ray of it, (u y + w) / (v x) or (v x - w) / (u y). The
// scout keeps the ray of the last point, walks from it to the ray of the next one by dual simplex pivots (Lemke 1954),
// and prices only a working set of units on the way; every answer is then checked against all units, and a unit that
// the ray cuts off joins the working set (column generation, Dantzig & Wolfe 1960). So neighbouring points cost a few
// pivots each.
//
// An answer proves itself: the ray satisfies every unit to kScoutResidual of its terms, the weights reproduce the
// point, and both give the same score. What cannot be proven is reported as kDoubtful and left to RadialSolver.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "services/dea/engine/column_scan.h"
#include "services/dea/engine/model.h"

namespace farrell::dea {

// Largest violation with which an answer counts as proven, relative to the terms of the constraint.
inline constexpr double kScoutResidual = 1e-12;

class Scout {
 public:
  enum class Outcome : std::uint8_t {
    kOptimal,
    kInfeasible,  // no point of the technology dominates the point; proven by a Farkas ray
    kDoubtful,
  };

  Scout(int input_count, int output_count, ReturnsToScale rts, Orientation orientation,
        Instructions instructions = BestInstructions());

  // The reference set: `count` columns; rows are inputs, outputs and, unless under CRS, ones. The cells must outlive
  // the scout's use of them. Forgets everything known so far.
  void SetReference(const ColumnBlock& columns, std::size_t count);

  // Scores one point (inputs, then outputs; a positive one of each).
  Outcome Solve(const double* point);

  // After kOptimal: theta or phi.
  double farrell() const { return farrell_; }
  // After kOptimal: basic variables in the numbering of the radial program (radial.h) on a matrix of `stride` columns:
  // weights, then slacks of inputs, outputs and, where it has one, the scale row, then the score.
  void GetBasis(int stride, std::vector<int>& variables) const;
  // Pivots since SetReference.
  std::int64_t pivots() const { return pivots_; }
  // Units in the working set.
  std::size_t working() const { return working_count_; }

 private:
  enum class Walk : std::uint8_t { kInput, kOutput };

  int RowStart(int position) const { return position * rows_; }
  double* inverse_row(int position) { return inverse_.data() + static_cast<std::size_t>(RowStart(position)); }
  const double* inverse_row(int position) const {
    return inverse_.data() + static_cast<std::size_t>(RowStart(position));
  }
  // Whether the scale row has a slack, and the sign of its column; 0 under VRS (and CRS, which has no such row).
  int scale_slack_sign() const;
  bool has_scale_row() const { return rts_ != ReturnsToScale::kCrs; }
  double SlackSign(int row) const;
  bool IsSlack(std::int64_t variable) const { return variable >= count_; }

  void SetTarget(Walk walk);
  void LoadColumn(std::int64_t variable, double* out) const;
  bool IsBasic(std::int64_t variable) const;
  bool Start();
  bool StartFrom(Walk walk, int row, bool with_unit);
  bool MoveToTarget();
  bool Factor();
  Outcome WalkToOptimum();
  int ChooseLeaving() const;
  std::int64_t ChooseDualEntering(int position);
  std::int64_t ChooseEntering();
  int ChoosePrimalLeaving(const double* alpha) const;
  bool Pivot(int position, std::int64_t variable);
  bool ProvesInfeasible(int position);
  bool CleanPrices(const double* row, double* prices) const;
  PriceQuery QueryFor(const double* prices);
  bool Verify();
  void AddToWorkingSet(std::int64_t unit);
  ColumnBlock WorkingSet() const;

  int inputs_;
  int dimension_;
  int rows_;
  ReturnsToScale rts_;
  Orientation orientation_;
  ColumnScans scans_;

  ColumnBlock columns_;
  std::int64_t count_ = 0;
  std::int64_t pivots_ = 0;
  bool ready_ = false;
  bool fresh_ = false;         // the inverse comes straight from the columns
  bool frozen_scale_ = false;  // the slack of the scale row may not leave
  Walk walk_ = Walk::kInput;
  double farrell_ = 0;

  std::vector<double> scale_;  // of each row, powers of two
  std::vector<double> point_;  // scaled
  std::vector<double> score_;  // column of the score
  std::vector<double> rhs_;
  std::vector<double> inverse_;  // row p belongs to position p; row 0 is the ray
  std::vector<double> values_;
  std::vector<std::int64_t> variables_;  // of positions 1 .. rows - 1; position 0 is the score
  std::vector<double> columns_basic_;    // column of each position, position-major
  std::vector<double> scratch_;
  std::vector<double> work_;
  std::vector<double> alpha_;
  std::vector<double> prices_;  // ray and row in the units and signs of the cells
  std::vector<double> row_;

  // Working set, structure of arrays.
  std::size_t working_capacity_ = 0;
  std::size_t working_count_ = 0;
  std::vector<double> working_cells_;
  std::vector<std::int64_t> working_units_;
};

}  // namespace farrell::dea
