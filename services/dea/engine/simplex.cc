#include "services/dea/engine/simplex.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>

namespace farrell::dea {
namespace {

// Weight of the artificial unit above which nobody can do without it.
constexpr double kFeasible = 1e-13;
constexpr int kWorkingSet = 32;
constexpr int kMostRounds = 50;

}  // namespace

template <typename Real>
Simplex<Real>::Simplex(int max_rows) : max_rows_(max_rows), basis_(max_rows) {
  const std::size_t k = static_cast<std::size_t>(max_rows);
  for (std::vector<Real>* vector : {&values_, &prices_, &price_bounds_, &price_tolerances_, &costs_, &column_, &alpha_,
                                    &alpha_bounds_, &best_alpha_}) {
    vector->resize(k);
  }
  extra_reduced_.resize(k + 2);
  extra_tolerance_.resize(k + 2);
  extra_active_.resize(k + 2);
  gains_.resize(k);
  signed_factors_.resize(k);
  absolute_factors_.resize(k);
  tried_.resize(k);
}

template <typename Real>
Real Simplex<Real>::Cost(const Level& level, int variable) const {
  switch (level.objective) {
    case Objective::kOwnWeight: return variable == own_variable() ? 1 : 0;
    case Objective::kScore: return variable == score_variable() ? program_->score_cost : 0;
    case Objective::kFreeSlacks:
    case Objective::kSlacks: {
      if (variable < weight_count_ || variable >= score_variable()) return 0;
      const std::size_t row = static_cast<std::size_t>(variable - weight_count_);
      if (level.objective == Objective::kSlacks) return -gains_[row];
      return tried_[row] != 0 ? -1 : 0;
    }
    case Objective::kVariable: return variable == level.variable ? level.sign : Real(0);
  }
  return 0;
}

template <typename Real>
void Simplex<Real>::LoadColumn(int variable, Real* out) const {
  if (variable < weight_count_) {
    for (int i = 0; i < row_count_; ++i) {
      out[i] = program_->factor[static_cast<std::size_t>(i)] * program_->reference->row(i)[variable];
    }
  } else if (variable < score_variable()) {
    std::fill(out, out + row_count_, Real(0));
    out[variable - weight_count_] = 1;
  } else {
    const std::vector<double>& source = variable == score_variable() ? program_->score_column : program_->own_column;
    std::copy(source.begin(), source.begin() + row_count_, out);
  }
}

template <typename Real>
bool Simplex<Real>::IsBasic(int variable) const {
  const std::vector<int>& variables = basis_.variables();
  return std::find(variables.begin(), variables.end(), variable) != variables.end();
}

template <typename Real>
bool Simplex<Real>::Refactor() {
  basis_.Sort();
  for (int p = 0; p < row_count_; ++p) LoadColumn(basis_.variable(p), basis_.column(p));
  if (!basis_.Factor()) return false;
  basis_.SolvePrimal(rhs_.data(), values_.data());
  return true;
}

template <typename Real>
std::vector<int> Simplex<Real>::OwnBasis() const {
  std::vector<int> start;
  for (int i = 0; i < row_count_; ++i) start.push_back(slack_variable(i));
  start[static_cast<std::size_t>(program_->score_row)] = score_variable();
  start[static_cast<std::size_t>(program_->own_row)] = program_->own_index >= 0 ? program_->own_index : own_variable();
  return start;
}

template <typename Real>
bool Simplex<Real>::StartFrom(const std::vector<int>& variables) {
  if (variables.size() != static_cast<std::size_t>(row_count_)) return false;
  for (int p = 0; p < row_count_; ++p) {
    const int variable = variables[static_cast<std::size_t>(p)];
    const bool fixed = program_->last_row_is_equality && variable == slack_variable(row_count_ - 1);
    if (variable < 0 || variable >= variable_count() || fixed) return false;
    if (variable == own_variable() && program_->own_index >= 0) return false;
    basis_.set_variable(p, variable);
  }
  if (!Refactor()) return false;
  return std::all_of(values_.begin(), values_.begin() + row_count_, [](Real value) { return value >= 0; });
}

template <typename Real>
void Simplex<Real>::SetPrices(const Level& level) {
  for (int p = 0; p < row_count_; ++p) costs_[static_cast<std::size_t>(p)] = Cost(level, basis_.variable(p));
  basis_.SolveDual(costs_.data(), prices_.data(), price_bounds_.data());
  const Real tie = level.objective == Objective::kSlacks ? Precision<Real>::kSlackTie : Precision<Real>::kTie;
  for (std::size_t i = 0; i < static_cast<std::size_t>(row_count_); ++i) {
    price_tolerances_[i] = tie * Abs(prices_[i]) + Precision<Real>::kZero * price_bounds_[i];
  }
}

template <>
void Simplex<Quad>::AccumulateAll(std::vector<Quad>& value, std::vector<Quad>& tolerance) {
  for (std::size_t j = 0; j < static_cast<std::size_t>(weight_count_); ++j) {
    Quad sum = 0;
    Quad bound = 0;
    for (int i = 0; i < row_count_; ++i) {
      const double cell = program_->reference->row(i)[j];
      sum += signed_factors_[static_cast<std::size_t>(i)] * cell;
      bound += absolute_factors_[static_cast<std::size_t>(i)] * cell;
    }
    value[j] = sum;
    tolerance[j] = bound;
    if (sum < -bound) improving_.push_back(static_cast<int>(j));
  }
}

template <>
void Simplex<double>::AccumulateAll(std::vector<double>& value, std::vector<double>& tolerance) {
  const ReferenceMatrix& reference = *program_->reference;
  // Eight columns at a time, so that both sums stay in registers.
  constexpr int kLanes = 8;
  static_assert(ReferenceMatrix::kBlock % kLanes == 0);
  using Lanes = Eigen::Array<double, kLanes, 1>;
  for (std::size_t first = 0; first < reference.padded_size(); first += kLanes) {
    Lanes sum = Lanes::Zero();
    Lanes bound = Lanes::Zero();
    for (int i = 0; i < row_count_; ++i) {
      const Lanes cells = Eigen::Map<const Lanes>(reference.row(i) + first);
      sum += signed_factors_[static_cast<std::size_t>(i)] * cells;
      bound += absolute_factors_[static_cast<std::size_t>(i)] * cells;
    }
    Eigen::Map<Lanes>(value.data() + first) = sum;
    Eigen::Map<Lanes>(tolerance.data() + first) = bound;
    if ((sum + bound).minCoeff() >= 0) continue;
    for (int lane = 0; lane < kLanes; ++lane) {
      if (sum[lane] < -bound[lane]) improving_.push_back(static_cast<int>(first) + lane);
    }
  }
}

template <typename Real>
void Simplex<Real>::Accumulate(const Real* weights, const Real* tolerances, bool all, std::vector<Real>& value,
                               std::vector<Real>& tolerance) {
  const ReferenceMatrix& reference = *program_->reference;
  improving_.clear();
  if (!all) {
    for (const int j : active_) {
      Real sum = 0;
      Real bound = 0;
      for (int i = 0; i < row_count_; ++i) {
        const Real cell = reference.row(i)[j];
        const Real factor = program_->factor[static_cast<std::size_t>(i)];
        sum += weights[i] * factor * cell;
        bound += tolerances[i] * Abs(factor) * cell;
      }
      value[static_cast<std::size_t>(j)] = sum;
      tolerance[static_cast<std::size_t>(j)] = bound;
    }
    return;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(row_count_); ++i) {
    signed_factors_[i] = weights[i] * program_->factor[i];
    absolute_factors_[i] = tolerances[i] * std::abs(program_->factor[i]);
  }
  AccumulateAll(value, tolerance);
}

// Reduced costs of the slacks and of the score.
template <typename Real>
void Simplex<Real>::PriceExtra(const Level& level) {
  for (int i = 0; i < row_count_; ++i) {
    const std::size_t at = static_cast<std::size_t>(i);
    const Real cost = Cost(level, slack_variable(i));
    extra_reduced_[at] = cost - prices_[at];
    extra_tolerance_[at] = Precision<Real>::kTie * Abs(cost) + price_tolerances_[at];
  }
  const std::size_t score = static_cast<std::size_t>(row_count_);
  const Real cost = Cost(level, score_variable());
  Real sum = cost;
  Real bound = Precision<Real>::kTie * Abs(cost);
  for (std::size_t i = 0; i < static_cast<std::size_t>(row_count_); ++i) {
    sum -= prices_[i] * program_->score_column[i];
    bound += price_tolerances_[i] * Abs(program_->score_column[i]);
  }
  extra_reduced_[score] = sum;
  extra_tolerance_[score] = bound;
}

template <typename Real>
typename Simplex<Real>::Entering Simplex<Real>::ChooseEntering(const Level& level, bool smallest_index) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(row_count_); ++i) alpha_[i] = -prices_[i];
  Accumulate(alpha_.data(), price_tolerances_.data(), all_active_, reduced_, tolerance_);
  if (level.objective == Objective::kVariable && level.variable < weight_count_) {
    reduced_[static_cast<std::size_t>(level.variable)] += level.sign;
    tolerance_[static_cast<std::size_t>(level.variable)] += Precision<Real>::kTie;
  }
  PriceExtra(level);
  // A basic variable's reduced cost is zero by definition.
  for (const int variable : basis_.variables()) {
    if (variable < weight_count_)
      reduced_[static_cast<std::size_t>(variable)] = 0;
    else if (variable <= score_variable())
      extra_reduced_[static_cast<std::size_t>(variable - weight_count_)] = 0;
  }

  Entering best;
  const bool relative = options_->pricing == Pricing::kRelative;
  const auto consider = [&](int variable, Real reduced, Real tolerance) {
    if (reduced >= -tolerance) return false;
    if (smallest_index) {
      best = {variable, 1};
      return true;
    }
    const Real merit = relative ? -reduced / tolerance : -reduced;
    if (merit > best.merit) best = {variable, merit};
    return false;
  };
  for (const int j : all_active_ ? improving_ : active_) {
    if (consider(j, reduced_[static_cast<std::size_t>(j)], tolerance_[static_cast<std::size_t>(j)])) return best;
  }
  for (int extra = 0; extra <= row_count_; ++extra) {
    const std::size_t at = static_cast<std::size_t>(extra);
    if (extra_active_[at] == 0) continue;
    if (consider(weight_count_ + extra, extra_reduced_[at], extra_tolerance_[at])) return best;
  }
  return best;
}

// The row that first reaches zero when the column behind alpha_ enters; among ties the largest relative pivot, or the
// smallest variable (Bland 1977). -1: none.
template <typename Real>
int Simplex<Real>::ChooseLeaving(bool smallest_index) const {
  int leaving = -1;
  Real least = kHuge;
  Real quality = 0;
  for (int p = 0; p < row_count_; ++p) {
    const std::size_t at = static_cast<std::size_t>(p);
    if (alpha_[at] <= Precision<Real>::kPivot * alpha_bounds_[at]) continue;
    const Real ratio = std::max(values_[at], Real(0)) / alpha_[at];
    const Real relative = alpha_[at] / alpha_bounds_[at];
    bool better = ratio < least;
    if (ratio == least) better = smallest_index ? basis_.variable(p) < basis_.variable(leaving) : relative > quality;
    if (!better) continue;
    leaving = p;
    least = ratio;
    quality = relative;
  }
  return leaving;
}

template <typename Real>
SolveOutcome Simplex<Real>::Minimise(const Level& level) {
  const bool worthwhile = all_active_ && weight_count_ > 4 * kWorkingSet;
  if (!worthwhile || options_->pricing == Pricing::kSmallestIndex) return Improve(level);
  // Few columns ever enter: price all of them, then work on the best ones until these have nothing left to offer.
  // Rounds are bounded because degenerate ones could repeat; the plain walk behind them cannot.
  for (int round = 0; round < kMostRounds; ++round) {
    if (stop_->stop_requested()) return SolveOutcome::kStopped;
    SetPrices(level);
    if (ChooseEntering(level, false).variable < 0) return SolveOutcome::kOptimal;
    SelectWorkingSet();
    const SolveOutcome outcome = Improve(level);
    all_active_ = true;
    if (outcome != SolveOutcome::kOptimal) return outcome;
  }
  return Improve(level);
}

// Makes the most promising column of each stretch of the reference set, by the last pricing, the only eligible ones.
template <typename Real>
void Simplex<Real>::SelectWorkingSet() {
  active_.clear();
  const int stretch = (weight_count_ + kWorkingSet - 1) / kWorkingSet;
  int last_stretch = -1;
  Real best = 0;
  for (const int j : improving_) {
    const std::size_t at = static_cast<std::size_t>(j);
    if (reduced_[at] >= -tolerance_[at]) continue;
    const Real merit = -reduced_[at] / tolerance_[at];
    if (j / stretch != last_stretch) {
      last_stretch = j / stretch;
      best = merit;
      active_.push_back(j);
    } else if (merit > best) {
      best = merit;
      active_.back() = j;
    }
  }
  all_active_ = false;
}

template <typename Real>
SolveOutcome Simplex<Real>::Improve(const Level& level) {
  int stalled = 0;
  for (;;) {
    if (stop_->stop_requested()) return SolveOutcome::kStopped;
    if (iterations_ > iteration_limit_) return SolveOutcome::kIterationLimit;
    SetPrices(level);
    // After a run of degenerate steps only the smallest-index rule is safe from cycling.
    const bool smallest_index = options_->pricing == Pricing::kSmallestIndex || stalled > 3 * row_count_ + 10;
    const Entering entering = ChooseEntering(level, smallest_index);
    if (entering.variable < 0) return SolveOutcome::kOptimal;
    ++iterations_;
    LoadColumn(entering.variable, column_.data());
    basis_.Transform(column_.data(), alpha_.data(), alpha_bounds_.data());
    const int leaving = ChooseLeaving(smallest_index);
    if (leaving < 0) return SolveOutcome::kUnbounded;
    stalled = values_[static_cast<std::size_t>(leaving)] > 0 ? 0 : stalled + 1;
    basis_.set_variable(leaving, entering.variable);
    if (!Refactor()) return SolveOutcome::kSingular;
  }
}

// Keeps the columns that no optimal solution of the level just minimised forbids.
template <typename Real>
void Simplex<Real>::Restrict() {
  std::vector<int> kept;
  const auto keep = [&](int j) {
    const std::size_t at = static_cast<std::size_t>(j);
    if (reduced_[at] <= tolerance_[at]) kept.push_back(j);
  };
  if (all_active_) {
    for (int j = 0; j < weight_count_; ++j) keep(j);
  } else {
    for (const int j : active_) keep(j);
  }
  active_.swap(kept);
  all_active_ = false;
  for (std::size_t extra = 0; extra <= static_cast<std::size_t>(row_count_); ++extra) {
    if (extra_reduced_[extra] > extra_tolerance_[extra]) extra_active_[extra] = 0;
  }
}

// A slack that is zero in every solution with the optimal score is worth nothing in phase two. Left in, the unit of its
// measurement would still size the tolerances of the slacks that matter.
template <typename Real>
SolveOutcome Simplex<Real>::FixZeroSlacks() {
  gains_.assign(program_->slack_gain.begin(), program_->slack_gain.end());
  std::fill(tried_.begin(), tried_.end(), char{0});
  const auto value_of = [&](int row) {
    for (int p = 0; p < row_count_; ++p) {
      if (basis_.variable(p) == slack_variable(row)) return values_[static_cast<std::size_t>(p)];
    }
    return Real(0);
  };
  int count = 0;
  for (int row = 0; row < row_count_; ++row) {
    const std::size_t at = static_cast<std::size_t>(row);
    if (gains_[at] == 0 || value_of(row) > 0) continue;
    tried_[at] = 1;
    if (extra_active_[at] != 0) ++count;
  }
  while (count > 0) {
    if (const SolveOutcome outcome = Minimise({Objective::kFreeSlacks}); outcome != SolveOutcome::kOptimal)
      return outcome;
    int freed = 0;
    for (int row = 0; row < row_count_; ++row) {
      const std::size_t at = static_cast<std::size_t>(row);
      if (tried_[at] == 0 || !(value_of(row) > 0)) continue;
      tried_[at] = 0;
      ++freed;
    }
    count -= freed;
    if (freed > 0) continue;
    Restrict();
    break;
  }
  Real largest = 0;
  for (std::size_t row = 0; row < static_cast<std::size_t>(row_count_); ++row) {
    if (tried_[row] != 0) gains_[row] = 0;
    largest = std::max(largest, gains_[row]);
  }
  for (int row = 0; row < row_count_ && largest > 0; ++row) gains_[static_cast<std::size_t>(row)] /= largest;
  return SolveOutcome::kOptimal;
}

template <typename Real>
bool Simplex<Real>::HasAlternatives() const {
  std::size_t eligible = active_.size();
  for (int extra = 0; extra <= row_count_; ++extra) {
    eligible += extra_active_[static_cast<std::size_t>(extra)] != 0 ? 1U : 0U;
  }
  return eligible > static_cast<std::size_t>(row_count_);
}

template <typename Real>
SolveOutcome Simplex<Real>::MinimiseInOrder(Real sign) {
  std::vector<int> order = active_;
  for (int extra = 0; extra <= row_count_; ++extra) {
    if (extra_active_[static_cast<std::size_t>(extra)] != 0) order.push_back(weight_count_ + extra);
  }
  for (const int variable : order) {
    if (!HasAlternatives()) break;
    const bool active = variable >= weight_count_
                            ? extra_active_[static_cast<std::size_t>(variable - weight_count_)] != 0
                            : std::binary_search(active_.begin(), active_.end(), variable);
    if (!active) continue;
    const SolveOutcome outcome = Minimise({Objective::kVariable, variable, sign});
    if (outcome != SolveOutcome::kOptimal) return outcome;
    Restrict();
  }
  return SolveOutcome::kOptimal;
}

// The artificial unit has weight zero: any column may take its place at no change of the solution.
template <typename Real>
SolveOutcome Simplex<Real>::RemoveOwn() {
  const std::vector<int>& variables = basis_.variables();
  const auto found = std::find(variables.begin(), variables.end(), own_variable());
  if (found == variables.end()) return SolveOutcome::kOptimal;
  const int position = static_cast<int>(found - variables.begin());
  if (values_[static_cast<std::size_t>(position)] > kFeasible) return SolveOutcome::kInfeasible;
  int best = -1;
  Real quality = 0;
  for (int variable = 0; variable <= score_variable(); ++variable) {
    if (variable >= weight_count_ && extra_active_[static_cast<std::size_t>(variable - weight_count_)] == 0) continue;
    if (IsBasic(variable)) continue;
    LoadColumn(variable, column_.data());
    basis_.Transform(column_.data(), alpha_.data(), alpha_bounds_.data());
    const Real pivot = Abs(alpha_[static_cast<std::size_t>(position)]);
    const Real bound = alpha_bounds_[static_cast<std::size_t>(position)];
    if (pivot > Precision<Real>::kPivot * bound && pivot / bound > quality) {
      quality = pivot / bound;
      best = variable;
    }
  }
  if (best < 0) return SolveOutcome::kSingular;
  basis_.set_variable(position, best);
  return Refactor() ? SolveOutcome::kOptimal : SolveOutcome::kSingular;
}

template <typename Real>
std::vector<int> Simplex<Real>::Support() const {
  std::vector<int> support;
  for (int p = 0; p < row_count_; ++p) {
    if (values_[static_cast<std::size_t>(p)] > 0) support.push_back(basis_.variable(p));
  }
  std::sort(support.begin(), support.end());
  return support;
}

template <typename Real>
SolveOutcome Simplex<Real>::Solve(const LinearProgram& program, const SolveOptions& options,
                                  const std::stop_token& stop) {
  program_ = &program;
  options_ = &options;
  stop_ = &stop;
  row_count_ = program.row_count;
  weight_count_ = static_cast<int>(program.reference->size());
  iterations_ = 0;
  iteration_limit_ = 2000 + 50 * row_count_ + weight_count_;
  unique_ = true;
  basis_.Reset(row_count_);
  rhs_.assign(program.rhs.begin(), program.rhs.end());
  for (std::vector<Real>* vector :
       {&reduced_, &tolerance_, &second_, &second_tolerance_, &pivot_row_, &pivot_tolerance_}) {
    if (vector->size() < program.reference->padded_size()) vector->resize(program.reference->padded_size());
  }
  all_active_ = true;
  active_.clear();
  std::fill(extra_active_.begin(), extra_active_.end(), char{1});
  if (program.last_row_is_equality) extra_active_[static_cast<std::size_t>(row_count_ - 1)] = 0;

  if ((options.start.empty() || !StartFrom(options.start)) && !StartFrom(OwnBasis())) return SolveOutcome::kSingular;
  if (program.own_index < 0) {
    if (const SolveOutcome outcome = Minimise({Objective::kOwnWeight}); outcome != SolveOutcome::kOptimal)
      return outcome;
    if (const SolveOutcome outcome = RemoveOwn(); outcome != SolveOutcome::kOptimal) return outcome;
  }
  if (const SolveOutcome outcome = Minimise({Objective::kScore}); outcome != SolveOutcome::kOptimal) return outcome;
  Restrict();
  if (const SolveOutcome outcome = FixZeroSlacks(); outcome != SolveOutcome::kOptimal) return outcome;
  if (const SolveOutcome outcome = Minimise({Objective::kSlacks}); outcome != SolveOutcome::kOptimal) return outcome;
  Restrict();
  if (HasAlternatives()) {
    const std::vector<int> eligible = active_;
    const std::vector<char> eligible_extra = extra_active_;
    if (const SolveOutcome outcome = MinimiseInOrder(1); outcome != SolveOutcome::kOptimal) return outcome;
    const std::vector<int> opposite = Support();
    active_ = eligible;
    extra_active_ = eligible_extra;
    if (const SolveOutcome outcome = MinimiseInOrder(-1); outcome != SolveOutcome::kOptimal) return outcome;
    unique_ = Support() == opposite;
  }
  return Finish();
}

template <typename Real>
SolveOutcome Simplex<Real>::Finish() {
  if (const SolveOutcome outcome = MakeCanonical(); outcome != SolveOutcome::kOptimal) return outcome;
  SetPrices({Objective::kScore});
  for (std::size_t p = 0; p < static_cast<std::size_t>(row_count_); ++p) values_[p] = std::max(values_[p], Real(0));
  return SolveOutcome::kOptimal;
}

template class Simplex<double>;
template class Simplex<Quad>;

}  // namespace farrell::dea
