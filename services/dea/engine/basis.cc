#include "services/dea/engine/basis.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace farrell::dea {
namespace {

// Running sum of products in twice the working precision (Ogita, Rump & Oishi 2005, algorithm Dot2), without FMA.
template <typename Real>
class ExactSum;

template <>
class ExactSum<double> {
 public:
  explicit ExactSum(double start) : sum_(start) {}
  void AddProduct(double a, double b) {
    const double product = a * b;
    Add(product);
    error_ += ProductError(a, b, product);
  }
  void Add(double value) {
    const double sum = sum_ + value;
    const double back = sum - sum_;
    error_ += (sum_ - (sum - back)) + (value - back);
    sum_ = sum;
  }
  double Value() const { return sum_ + error_; }

 private:
  static double ProductError(double a, double b, double product) {
    constexpr double kSplit = 134217729.0;  // 2^27 + 1 (Dekker 1971)
    const double ac = kSplit * a;
    const double a_high = ac - (ac - a);
    const double a_low = a - a_high;
    const double bc = kSplit * b;
    const double b_high = bc - (bc - b);
    const double b_low = b - b_high;
    return a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low);
  }
  double sum_;
  double error_ = 0;
};

// Quad needs no help: what is left after refinement is far below anything that matters.
template <>
class ExactSum<Quad> {
 public:
  explicit ExactSum(Quad start) : sum_(start) {}
  void AddProduct(Quad a, Quad b) { sum_ += a * b; }
  Quad Value() const { return sum_; }

 private:
  Quad sum_;
};

}  // namespace

template <typename Real>
Basis<Real>::Basis(int max_rows) {
  const std::size_t k = static_cast<std::size_t>(max_rows);
  variables_.resize(k);
  columns_.resize(k * k);
  sizes_.resize(k * k);
  inverse_.resize(k * k);
  lu_.resize(k * k);
  permutation_.resize(k);
  work_.resize(k);
  residual_.resize(k);
}

template <typename Real>
void Basis<Real>::Reset(int row_count) {
  k_ = row_count;
  variables_.resize(static_cast<std::size_t>(row_count));
}

template <typename Real>
void Basis<Real>::Sort() {
  std::sort(variables_.begin(), variables_.end());
}

template <typename Real>
bool Basis<Real>::Factor() {
  for (int r = 0; r < k_; ++r) {
    for (int p = 0; p < k_; ++p) lu_[Index(r, p)] = columns_[Index(p, r)];
    permutation_[static_cast<std::size_t>(r)] = r;
  }
  for (int step = 0; step < k_; ++step) {
    int pivot = step;
    for (int r = step + 1; r < k_; ++r) {
      if (Abs(lu_[Index(r, step)]) > Abs(lu_[Index(pivot, step)])) pivot = r;
    }
    if (lu_[Index(pivot, step)] == 0) return false;
    if (pivot != step) {
      for (int c = 0; c < k_; ++c) std::swap(lu_[Index(pivot, c)], lu_[Index(step, c)]);
      std::swap(permutation_[static_cast<std::size_t>(pivot)], permutation_[static_cast<std::size_t>(step)]);
    }
    for (int r = step + 1; r < k_; ++r) {
      const Real factor = lu_[Index(r, step)] / lu_[Index(step, step)];
      if (factor == 0) continue;
      lu_[Index(r, step)] = factor;
      for (int c = step + 1; c < k_; ++c) lu_[Index(r, c)] -= factor * lu_[Index(step, c)];
    }
  }
  // |L| |U|, back in the order of the rows: what elimination added up in each place.
  for (int r = 0; r < k_; ++r) {
    const int row = permutation_[static_cast<std::size_t>(r)];
    for (int p = 0; p < k_; ++p) {
      Real terms = r <= p ? Abs(lu_[Index(r, p)]) : Real(0);
      for (int c = 0; c < std::min(r, p + 1); ++c) terms += Abs(lu_[Index(r, c)] * lu_[Index(c, p)]);
      sizes_[Index(p, row)] = terms;
    }
  }
  // inverse = U^-1 L^-1 P, one column of the identity at a time.
  for (int unit = 0; unit < k_; ++unit) {
    for (int r = 0; r < k_; ++r) {
      Real value = permutation_[static_cast<std::size_t>(r)] == unit ? Real(1) : Real(0);
      for (int c = 0; c < r; ++c) value -= lu_[Index(r, c)] * work_[static_cast<std::size_t>(c)];
      work_[static_cast<std::size_t>(r)] = value;
    }
    for (int r = k_ - 1; r >= 0; --r) {
      Real value = work_[static_cast<std::size_t>(r)];
      for (int c = r + 1; c < k_; ++c) value -= lu_[Index(r, c)] * work_[static_cast<std::size_t>(c)];
      work_[static_cast<std::size_t>(r)] = value / lu_[Index(r, r)];
    }
    for (int p = 0; p < k_; ++p) {
      if (!IsFinite(work_[static_cast<std::size_t>(p)])) return false;
      inverse_[Index(p, unit)] = work_[static_cast<std::size_t>(p)];
    }
  }
  return true;
}

template <typename Real>
bool Basis<Real>::SolvePrimal(const Real* b, Real* x) const {
  bool clear = true;
  for (int p = 0; p < k_; ++p) {
    Real value = 0;
    for (int i = 0; i < k_; ++i) value += inverse_[Index(p, i)] * b[i];
    x[p] = value;
  }
  for (int i = 0; i < k_; ++i) {
    ExactSum<Real> residual(b[i]);
    Real size = Abs(b[i]);
    for (int p = 0; p < k_; ++p) {
      residual.AddProduct(-columns_[Index(p, i)], x[p]);
      size += sizes_[Index(p, i)] * Abs(x[p]);
    }
    residual_[static_cast<std::size_t>(i)] = residual.Value();
    work_[static_cast<std::size_t>(i)] = size;
  }
  for (int p = 0; p < k_; ++p) {
    Real correction = 0;
    Real bound = 0;
    for (int i = 0; i < k_; ++i) {
      correction += inverse_[Index(p, i)] * residual_[static_cast<std::size_t>(i)];
      bound += Abs(inverse_[Index(p, i)]) * work_[static_cast<std::size_t>(i)];
    }
    x[p] += correction;
    const Real rounding = Real(Precision<Real>::kRounding) * bound;
    if (IsUnclear(x[p], rounding)) clear = false;
    if (Abs(x[p]) <= rounding) x[p] = 0;
  }
  return clear;
}

template <typename Real>
void Basis<Real>::SolveDual(const Real* c, Real* y, Real* bound) const {
  for (int i = 0; i < k_; ++i) y[i] = 0;
  for (int p = 0; p < k_; ++p) {
    if (c[p] == 0) continue;
    for (int i = 0; i < k_; ++i) y[i] += c[p] * inverse_[Index(p, i)];
  }
  for (int p = 0; p < k_; ++p) {
    ExactSum<Real> residual(c[p]);
    Real size = Abs(c[p]);
    for (int i = 0; i < k_; ++i) {
      residual.AddProduct(-columns_[Index(p, i)], y[i]);
      size += sizes_[Index(p, i)] * Abs(y[i]);
    }
    residual_[static_cast<std::size_t>(p)] = residual.Value();
    work_[static_cast<std::size_t>(p)] = size;
  }
  for (int i = 0; i < k_; ++i) {
    Real correction = 0;
    Real terms = 0;
    for (int p = 0; p < k_; ++p) {
      correction += inverse_[Index(p, i)] * residual_[static_cast<std::size_t>(p)];
      terms += Abs(inverse_[Index(p, i)]) * work_[static_cast<std::size_t>(p)];
    }
    y[i] += correction;
    if (Abs(y[i]) <= Real(Precision<Real>::kRounding) * terms) y[i] = 0;
    bound[i] = terms;
  }
}

template <typename Real>
void Basis<Real>::Transform(const Real* column, Real* alpha, Real* bound) const {
  for (int p = 0; p < k_; ++p) {
    Real value = 0;
    Real terms = 0;
    for (int i = 0; i < k_; ++i) {
      const Real term = inverse_[Index(p, i)] * column[i];
      value += term;
      terms += Abs(term);
    }
    alpha[p] = value;
    residual_[static_cast<std::size_t>(p)] = terms;
  }
  for (int i = 0; i < k_; ++i) {
    Real terms = 0;
    for (int p = 0; p < k_; ++p) terms += sizes_[Index(p, i)] * residual_[static_cast<std::size_t>(p)];
    work_[static_cast<std::size_t>(i)] = terms;
  }
  for (int p = 0; p < k_; ++p) {
    Real terms = 0;
    for (int i = 0; i < k_; ++i) terms += Abs(inverse_[Index(p, i)]) * work_[static_cast<std::size_t>(i)];
    bound[p] = terms;
  }
}

template <typename Real>
void Basis<Real>::InverseRowBound(int position, Real* bound) const {
  for (int p = 0; p < k_; ++p) {
    Real terms = 0;
    for (int i = 0; i < k_; ++i) terms += Abs(inverse_[Index(position, i)]) * sizes_[Index(p, i)];
    work_[static_cast<std::size_t>(p)] = terms;
  }
  for (int i = 0; i < k_; ++i) {
    Real terms = 0;
    for (int p = 0; p < k_; ++p) terms += work_[static_cast<std::size_t>(p)] * Abs(inverse_[Index(p, i)]);
    bound[i] = terms;
  }
}

template class Basis<double>;
template class Basis<Quad>;

}  // namespace farrell::dea
