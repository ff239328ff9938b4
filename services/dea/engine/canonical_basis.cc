// The canonical finish. Among the optimal bases of a degenerate program one is chosen by relaxing the right-hand side
// of row i by e^(i+1) for an infinitesimal e > 0 (Charnes 1952; Dantzig, Orden & Wolfe 1955): with it no basis is
// degenerate, and since the ordered objectives leave no tie among columns, exactly one basis is optimal. Dual simplex
// pivots lead there; each changes only rows whose value is zero, so the solution stays, and only the prices become
// canonical.
#include <algorithm>
#include <cmath>
#include <limits>

#include "services/dea/engine/simplex.h"

namespace farrell::dea {

// A basic variable at zero whose relaxed value is negative: the first nonzero of its row of the inverse is. -1: none.
template <typename Real>
int Simplex<Real>::FindViolatedRow() {
  for (int p = 0; p < row_count_; ++p) {
    if (values_[static_cast<std::size_t>(p)] > 0) continue;
    basis_.InverseRowBound(p, alpha_bounds_.data());
    const Real* row = basis_.inverse_row(p);
    for (int i = 0; i < row_count_; ++i) {
      if (Abs(row[i]) <= Precision<Real>::kZero * alpha_bounds_[static_cast<std::size_t>(i)]) continue;
      if (row[i] < 0) return p;
      break;
    }
  }
  return -1;
}

// Compares the ratios of two columns under the objectives "maximise the weight of variable 0, then 1, ...": the reduced
// cost of column j under objective q is -1 at q = j and its transformed entry at the basic variables.
template <typename Real>
bool Simplex<Real>::LexLess(int candidate, Real candidate_pivot, int best, Real best_pivot) {
  LoadColumn(candidate, column_.data());
  basis_.Transform(column_.data(), alpha_.data(), alpha_bounds_.data());
  LoadColumn(best, column_.data());
  basis_.Transform(column_.data(), best_alpha_.data(), price_bounds_.data());
  int p = 0;
  while (true) {
    int next = std::numeric_limits<int>::max();
    if (p < row_count_) next = basis_.variable(p);
    const int column = std::min({next, candidate, best});
    if (column == std::numeric_limits<int>::max()) return false;
    Real left = 0;
    Real right = 0;
    Real tolerance = 0;
    if (column == candidate) {
      left = -1 / candidate_pivot;
      candidate = std::numeric_limits<int>::max();
    } else if (column == best) {
      right = -1 / best_pivot;
      best = std::numeric_limits<int>::max();
    } else {
      const std::size_t at = static_cast<std::size_t>(p);
      left = alpha_[at] / candidate_pivot;
      right = best_alpha_[at] / best_pivot;
      tolerance = Precision<Real>::kZero * (alpha_bounds_[at] / candidate_pivot + price_bounds_[at] / best_pivot);
      ++p;
    }
    if (Abs(left - right) > tolerance) return left < right;
  }
}

// The column that keeps every ordered objective optimal when the variable at `position` leaves. -1: none.
template <typename Real>
int Simplex<Real>::ChooseCanonicalEntering(int position) {
  const std::size_t k = static_cast<std::size_t>(row_count_);
  // Row of the tableau, then reduced costs of the two numeric objectives, for every column.
  std::vector<Real> row(k);
  std::vector<Real> row_tolerance(k);
  basis_.InverseRowBound(position, price_bounds_.data());
  for (std::size_t i = 0; i < k; ++i) {
    row[i] = basis_.inverse_row(position)[i];
    if (Abs(row[i]) <= Precision<Real>::kZero * price_bounds_[i]) row[i] = 0;
    row_tolerance[i] = Precision<Real>::kTie * Abs(row[i]) + Precision<Real>::kZero * price_bounds_[i];
  }
  Accumulate(row.data(), row_tolerance.data(), true, pivot_row_, pivot_tolerance_);

  struct Candidate {
    int variable;
    Real pivot;
    Real ratio;
  };
  std::vector<Candidate> candidates;
  const auto add = [&](int variable, Real value, Real tolerance) {
    if (value < -tolerance && !IsBasic(variable)) candidates.push_back({variable, -value, 0});
  };
  ForEachWeight(
      [&](int j) { add(j, pivot_row_[static_cast<std::size_t>(j)], pivot_tolerance_[static_cast<std::size_t>(j)]); });
  for (int c = 0; c < program_->first_artificial; ++c) {
    const double* column = program_->column(c);
    Real value = 0;
    Real tolerance = 0;
    for (std::size_t i = 0; i < k; ++i) {
      value += row[i] * column[i];
      tolerance += row_tolerance[i] * std::abs(column[i]);
    }
    add(first_column() + c, value, tolerance);
  }

  for (const Level& level : levels_) {
    SetPrices(level);
    Real least = kHuge;
    for (Candidate& candidate : candidates) {
      LoadColumn(candidate.variable, column_.data());
      Real reduced = Cost(level, candidate.variable);
      Real tolerance = Precision<Real>::kTie * Abs(reduced);
      for (std::size_t i = 0; i < k; ++i) {
        reduced -= prices_[i] * column_[i];
        tolerance += price_tolerances_[i] * Abs(column_[i]);
      }
      candidate.ratio = Abs(reduced) <= tolerance ? 0 : reduced / candidate.pivot;
      least = std::min(least, candidate.ratio);
    }
    const Real limit = least + Precision<Real>::kTie * Abs(least);
    std::erase_if(candidates, [limit](const Candidate& candidate) { return candidate.ratio > limit; });
  }
  if (candidates.empty()) return -1;
  Candidate best = candidates.front();
  for (std::size_t c = 1; c < candidates.size(); ++c) {
    if (LexLess(candidates[c].variable, candidates[c].pivot, best.variable, best.pivot)) best = candidates[c];
  }
  return best.variable;
}

template <typename Real>
SolveOutcome Simplex<Real>::MakeCanonical() {
  // A pivot may fail to lower the relaxed objective only through rounding; the bound ends such a walk. Every basis on
  // the way is optimal.
  const int limit = 20 * row_count_ + 100;
  for (int step = 0; step < limit; ++step) {
    if (stop_->stop_requested()) return SolveOutcome::kStopped;
    const int leaving = FindViolatedRow();
    if (leaving < 0) break;
    const int entering = ChooseCanonicalEntering(leaving);
    if (entering < 0) break;
    ++iterations_;
    const std::vector<int> previous = basis_.variables();
    basis_.set_variable(leaving, entering);
    if (Refactor()) continue;
    for (int p = 0; p < row_count_; ++p) basis_.set_variable(p, previous[static_cast<std::size_t>(p)]);
    if (!Refactor()) return SolveOutcome::kSingular;
    break;
  }
  return SolveOutcome::kOptimal;
}

// Judges the nonbasic variables of `tied` by the prices set last and keeps those with reduced cost zero. False when one
// is negative or too near zero to tell.
template <typename Real>
bool Simplex<Real>::PriceTies(const Level& level, std::vector<int>& tied) {
  std::size_t kept = 0;
  for (const int variable : tied) {
    LoadColumn(variable, column_.data());
    Real reduced = Cost(level, variable);
    Real tolerance = Precision<Real>::kTie * Abs(reduced);
    for (std::size_t i = 0; i < static_cast<std::size_t>(row_count_); ++i) {
      reduced -= prices_[i] * column_[i];
      tolerance += price_tolerances_[i] * Abs(column_[i]);
    }
    if (IsUnclear(reduced, tolerance)) return false;
    if (reduced > tolerance) continue;
    if (reduced < -tolerance) return false;
    tied[kept++] = variable;
  }
  tied.resize(kept);
  return true;
}

// Whether more of a variable that all numeric objectives leave free would cost weight of one that comes before it.
template <typename Real>
bool Simplex<Real>::IsLexPositive(int variable) {
  LoadColumn(variable, column_.data());
  basis_.Transform(column_.data(), alpha_.data(), alpha_bounds_.data());
  for (int p = 0; p < row_count_ && basis_.variable(p) < variable; ++p) {
    const std::size_t at = static_cast<std::size_t>(p);
    const Real tolerance = Precision<Real>::kZero * alpha_bounds_[at];
    if (IsUnclear(alpha_[at], tolerance)) return false;
    if (Abs(alpha_[at]) > tolerance) return alpha_[at] > 0;
  }
  return false;
}

// The canonical basis is the only one that is optimal for every ordered objective and feasible for the relaxed
// right-hand side.
template <typename Real>
bool Simplex<Real>::IsSettled() {
  if (!clear_ || HasArtificial() || FindViolatedRow() >= 0) return false;
  std::vector<int> tied;
  for (std::size_t at = 0; at < levels_.size(); ++at) {
    const Level& level = levels_[at];
    SetFinalPrices(at);
    if (at > 0) {
      if (!PriceTies(level, tied)) return false;
      continue;
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(row_count_); ++i) alpha_[i] = -prices_[i];
    Accumulate(alpha_.data(), price_tolerances_.data(), true, reduced_, tolerance_);
    ForEachWeight([&](int j) {
      const std::size_t unit = static_cast<std::size_t>(j);
      if (reduced_[unit] <= kBand * tolerance_[unit] && !IsBasic(j)) tied.push_back(j);
    });
    for (int c = 0; c < program_->first_artificial; ++c) {
      if (!IsBasic(first_column() + c)) tied.push_back(first_column() + c);
    }
    if (!PriceTies(level, tied)) return false;
  }
  return std::all_of(tied.begin(), tied.end(), [&](int variable) { return IsLexPositive(variable); });
}

#define FARRELL_INSTANTIATE(Real)                                                                    \
  template int Simplex<Real>::FindViolatedRow();                                                     \
  template bool Simplex<Real>::LexLess(int, Real, int, Real);                                        \
  template int Simplex<Real>::ChooseCanonicalEntering(int);                                          \
  template bool Simplex<Real>::PriceTies(const Simplex<Real>::Level& level, std::vector<int>& tied); \
  template bool Simplex<Real>::IsLexPositive(int variable);                                          \
  template bool Simplex<Real>::IsSettled();                                                          \
  template SolveOutcome Simplex<Real>::MakeCanonical();
FARRELL_INSTANTIATE(double)
FARRELL_INSTANTIATE(Quad)
#undef FARRELL_INSTANTIATE

}  // namespace farrell::dea
