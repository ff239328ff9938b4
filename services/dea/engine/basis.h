// A simplex basis as a set: its columns in ascending order of variables, its factors and its solutions.
//
// Everything here is a function of the set of basic variables alone (columns are sorted before they are factored and
// all sums run in one order), so a solution carries no trace of the path that led to the basis.
#pragma once

#include <cstddef>
#include <vector>

#include "services/dea/engine/precision.h"

namespace farrell::dea {

template <typename Real>
class Basis {
 public:
  // For systems of at most `row_count` rows; allocates once.
  explicit Basis(int max_rows);

  // Columns must be filled in (column-major, k x k) before Factor; position p holds the column of variable(p).
  void Reset(int row_count);
  int row_count() const { return k_; }
  int variable(int position) const { return variables_[static_cast<std::size_t>(position)]; }
  void set_variable(int position, int variable) { variables_[static_cast<std::size_t>(position)] = variable; }
  const std::vector<int>& variables() const { return variables_; }
  void Sort();
  Real* column(int position) { return columns_.data() + Index(position, 0); }
  const Real* column(int position) const { return columns_.data() + Index(position, 0); }
  // Row p of the inverse: the prices of basic variable p.
  const Real* inverse_row(int position) const { return inverse_.data() + Index(position, 0); }

  // LU with partial pivoting, then the explicit inverse. False when singular to working precision.
  bool Factor();

  // x with B x = b and one step of refinement whose residual is computed in twice the working precision. Entries no
  // larger than their own rounding error become exactly 0. False when an entry is so near its rounding error that it
  // might be either.
  bool SolvePrimal(const Real* b, Real* x) const;
  // y with B' y = c, in the same way. `bound` (k) receives a bound on the size of the terms behind each y.
  void SolveDual(const Real* c, Real* y, Real* bound) const;

  // alpha = inverse * column; `bound` receives the terms behind each entry, |inverse| |L| |U| |inverse| |column|: an
  // entry far below it is rounding.
  void Transform(const Real* column, Real* alpha, Real* bound) const;
  // The terms behind row p of the inverse: |inverse_p| |L| |U| |inverse|, for telling zeros from rounding.
  void InverseRowBound(int position, Real* bound) const;

 private:
  std::size_t Index(int position, int row) const {
    return static_cast<std::size_t>(position) * static_cast<std::size_t>(k_) + static_cast<std::size_t>(row);
  }

  int k_ = 0;
  std::vector<int> variables_;
  std::vector<Real> columns_;  // column-major
  std::vector<Real> sizes_;    // |L| |U|, column-major
  std::vector<Real> inverse_;  // row-major: row p belongs to position p
  std::vector<Real> lu_;       // row-major
  std::vector<int> permutation_;
  mutable std::vector<Real> work_;
  mutable std::vector<Real> residual_;
};

extern template class Basis<double>;
extern template class Basis<Quad>;

}  // namespace farrell::dea
