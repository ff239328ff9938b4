#include "services/dea/engine/simplex.h"

#include <algorithm>

namespace farrell::dea {
namespace {

// Weight of the artificial unit above which nobody can do without it.
constexpr double kFeasible = 1e-13;
// Fewer units are priced all at once.
constexpr std::size_t kWorthWorkingSet = 128;
constexpr int kMostRounds = 50;
// Units looked at between two looks for a stop request: a few milliseconds.
constexpr int kUnitsBetweenStops = 4096;

}  // namespace

template <typename Real>
Simplex<Real>::Simplex(int max_rows) : max_rows_(max_rows), basis_(max_rows) {
  const std::size_t k = static_cast<std::size_t>(max_rows);
  for (std::vector<Real>* vector : {&values_, &prices_, &price_bounds_, &price_tolerances_, &costs_, &column_, &alpha_,
                                    &alpha_bounds_, &best_alpha_}) {
    vector->resize(k);
  }
}

template <typename Real>
bool Simplex<Real>::IsUsable(int variable) const {
  if (variable < 0 || variable >= first_own_artificial()) return false;
  if (variable >= weight_count_) return true;
  const int unit = variable % static_cast<int>(program_->reference->padded_size());
  return unit < static_cast<int>(program_->reference->size()) && unit != program_->excluded;
}

template <typename Real>
void Simplex<Real>::LoadColumn(int variable, Real* out) const {
  if (variable < weight_count_) {
    const int stride = static_cast<int>(program_->reference->padded_size());
    const double* factor = program_->block_factor(variable / stride);
    const int unit = variable % stride;
    for (int i = 0; i < row_count_; ++i) {
      out[i] = factor[i] * program_->reference->row(program_->source[static_cast<std::size_t>(i)])[unit];
    }
  } else if (variable < first_own_artificial()) {
    const double* source = program_->column(variable - first_column());
    std::copy(source, source + row_count_, out);
  } else {
    const int row = variable - first_own_artificial();
    std::fill(out, out + row_count_, Real(0));
    out[row] = program_->rhs[static_cast<std::size_t>(row)] < 0 ? -1 : 1;
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
  clear_ = basis_.SolvePrimal(rhs_.data(), values_.data());
  return true;
}

// In each row a column that has no other entry, or an artificial one.
template <typename Real>
std::vector<int> Simplex<Real>::ArtificialBasis() const {
  std::vector<int> start;
  for (int i = 0; i < row_count_; ++i) start.push_back(first_own_artificial() + i);
  for (int c = 0; c < program_->first_artificial; ++c) {
    const double* column = program_->column(c);
    const double* end = column + row_count_;
    const double* entry = std::find_if(column, end, [](double value) { return value != 0; });
    if (entry == end || std::any_of(entry + 1, end, [](double value) { return value != 0; })) continue;
    const std::size_t row = static_cast<std::size_t>(entry - column);
    if (start[row] >= first_own_artificial() && program_->rhs[row] * *entry >= 0)
      start[row] = program_->column_variable(c);
  }
  return start;
}

template <typename Real>
bool Simplex<Real>::StartFrom(const std::vector<int>& variables, bool allow_artificial) {
  if (variables.size() != static_cast<std::size_t>(row_count_)) return false;
  for (int p = 0; p < row_count_; ++p) {
    const int variable = variables[static_cast<std::size_t>(p)];
    const bool own = variable >= first_own_artificial() && variable < first_own_artificial() + row_count_;
    if (!IsUsable(variable) && !own) return false;
    if (IsArtificial(variable) && !allow_artificial) return false;
    basis_.set_variable(p, variable);
  }
  if (!Refactor()) return false;
  return std::all_of(values_.begin(), values_.begin() + row_count_, [](Real value) { return value >= 0; });
}

template <typename Real>
bool Simplex<Real>::HasArtificial() const {
  const std::vector<int>& variables = basis_.variables();
  return std::any_of(variables.begin(), variables.end(), [&](int variable) { return IsArtificial(variable); });
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
  const bool worthwhile = all_active_ && priced().size() > kWorthWorkingSet;
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
    if (leaving < 0) {
      KeepRay(entering.variable);
      return SolveOutcome::kUnbounded;
    }
    stalled = values_[static_cast<std::size_t>(leaving)] > 0 ? 0 : stalled + 1;
    basis_.set_variable(leaving, entering.variable);
    if (!Refactor()) return SolveOutcome::kSingular;
  }
}

// A slack that is zero in every solution with the optimal score is worth nothing in phase two. Left in, the unit of its
// measurement would still size the tolerances of the slacks that matter.
template <typename Real>
SolveOutcome Simplex<Real>::FixZeroSlacks(int objective) {
  int count = TryZeroSlacks(objective);
  const Level level{Kind::kFreeSlacks};
  while (count > 0) {
    if (const SolveOutcome outcome = Minimise(level); outcome != SolveOutcome::kOptimal) return outcome;
    int freed = 0;
    for (std::size_t c = 0; c < tried_.size(); ++c) {
      if (tried_[c] == 0 || !IsPositive(first_column() + static_cast<int>(c))) continue;
      tried_[c] = 0;
      ++freed;
    }
    count -= freed;
    if (freed > 0) continue;
    Restrict();
    break;
  }
  ScaleGains();
  levels_.push_back(level);
  return SolveOutcome::kOptimal;
}

// Marks the slacks of an objective that are zero now and returns how many of them might be positive elsewhere.
template <typename Real>
int Simplex<Real>::TryZeroSlacks(int objective) {
  const std::vector<double>& cost = program_->objectives[static_cast<std::size_t>(objective)].cost;
  std::fill(tried_.begin(), tried_.end(), char{0});
  int count = 0;
  for (std::size_t c = 0; c < cost.size(); ++c) {
    gains_[c] = -cost[c];
    if (gains_[c] == 0 || IsPositive(first_column() + static_cast<int>(c))) continue;
    tried_[c] = 1;
    if (column_active_[c] != 0) ++count;
  }
  return count;
}

template <typename Real>
void Simplex<Real>::ScaleGains() {
  Real largest = 0;
  for (std::size_t c = 0; c < gains_.size(); ++c) {
    if (tried_[c] != 0) gains_[c] = 0;
    largest = std::max(largest, gains_[c]);
  }
  if (largest > 0) {
    for (Real& gain : gains_) gain /= largest;
  }
  gain_scale_ = largest;
}

template <typename Real>
bool Simplex<Real>::IsPositive(int variable) const {
  for (int p = 0; p < row_count_; ++p) {
    if (basis_.variable(p) == variable) return values_[static_cast<std::size_t>(p)] > 0;
  }
  return false;
}

template <typename Real>
SolveOutcome Simplex<Real>::MinimiseSlackSum(int objective) {
  if (const SolveOutcome outcome = FixZeroSlacks(objective); outcome != SolveOutcome::kOptimal) return outcome;
  const Level level{Kind::kSlacks};
  if (const SolveOutcome outcome = Minimise(level); outcome != SolveOutcome::kOptimal) return outcome;
  Restrict();
  levels_.push_back(level);
  return SolveOutcome::kOptimal;
}

template <typename Real>
bool Simplex<Real>::HasAlternatives() const {
  // An artificial variable that stayed in the basis, in a row that says nothing new, is no part of the solution.
  const auto columns = std::count_if(column_active_.begin(), column_active_.begin() + program_->first_artificial,
                                     [](char active) { return active != 0; });
  const std::vector<int>& variables = basis_.variables();
  const auto part_of_solution =
      std::count_if(variables.begin(), variables.end(), [this](int variable) { return !IsArtificial(variable); });
  return active_.size() + static_cast<std::size_t>(columns) > static_cast<std::size_t>(part_of_solution);
}

template <typename Real>
SolveOutcome Simplex<Real>::MinimiseInOrder(Real sign) {
  std::vector<int> order = active_;
  for (int c = 0; c < program_->first_artificial; ++c) {
    if (column_active_[static_cast<std::size_t>(c)] != 0) order.push_back(first_column() + c);
  }
  for (const int variable : order) {
    if (!HasAlternatives()) break;
    const bool active = variable >= weight_count_
                            ? column_active_[static_cast<std::size_t>(variable - weight_count_)] != 0
                            : std::binary_search(active_.begin(), active_.end(), variable);
    if (!active) continue;
    const SolveOutcome outcome = Minimise({Kind::kVariable, variable, sign});
    if (outcome != SolveOutcome::kOptimal) return outcome;
    Restrict();
  }
  return SolveOutcome::kOptimal;
}

// An artificial column at zero gives its place to any other at no change of the solution; where there is none its row
// says nothing new, and it stays.
template <typename Real>
SolveOutcome Simplex<Real>::RemoveArtificial() {
  for (int p = 0; p < row_count_; ++p) {
    if (IsArtificial(basis_.variable(p)) && values_[static_cast<std::size_t>(p)] > kFeasible) {
      SetPrices({Kind::kArtificial});
      ray_.assign(prices_.begin(), prices_.begin() + row_count_);
      return SolveOutcome::kInfeasible;
    }
  }
  std::vector<int> left;
  for (const int variable : basis_.variables()) {
    if (IsArtificial(variable)) left.push_back(variable);
  }
  for (const int artificial : left) {
    const std::vector<int>& variables = basis_.variables();
    const int position =
        static_cast<int>(std::find(variables.begin(), variables.end(), artificial) - variables.begin());
    int best = -1;
    Real quality = 0;
    int seen = 0;
    bool stopped = false;
    const auto consider = [&](int variable) {
      if (++seen % kUnitsBetweenStops == 0) stopped = stopped || stop_->stop_requested();
      if (stopped || IsBasic(variable)) return;
      LoadColumn(variable, column_.data());
      basis_.Transform(column_.data(), alpha_.data(), alpha_bounds_.data());
      const Real pivot = Abs(alpha_[static_cast<std::size_t>(position)]);
      const Real bound = alpha_bounds_[static_cast<std::size_t>(position)];
      if (pivot > Precision<Real>::kPivot * bound && pivot / bound > quality) {
        quality = pivot / bound;
        best = variable;
      }
    };
    ForEachWeight(consider);
    for (int c = 0; c < program_->first_artificial; ++c) consider(first_column() + c);
    if (stopped) return SolveOutcome::kStopped;
    if (best < 0) continue;
    basis_.set_variable(position, best);
    if (!Refactor()) return SolveOutcome::kSingular;
  }
  return SolveOutcome::kOptimal;
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
void Simplex<Real>::Prepare(const LinearProgram& program, const SolveOptions& options, const std::stop_token& stop) {
  program_ = &program;
  options_ = &options;
  frame_ = program.block_count == 1 ? options.frame : nullptr;
  stop_ = &stop;
  row_count_ = program.row_count;
  weight_count_ = program.weight_count();
  column_count_ = program.column_count;
  iterations_ = 0;
  iteration_limit_ = 2000 + 50 * row_count_ + weight_count_ + column_count_;
  unique_ = true;
  settled_ = false;
  levels_.clear();
  for (Prices& prices : final_prices_) prices.values.clear();
  ray_.clear();
  basis_.Reset(row_count_);
  rhs_.assign(program.rhs.begin(), program.rhs.end());
  for (std::vector<Real>* vector : {&reduced_, &tolerance_, &pivot_row_, &pivot_tolerance_}) {
    if (vector->size() < static_cast<std::size_t>(weight_count_))
      vector->resize(static_cast<std::size_t>(weight_count_));
  }
  const std::size_t columns = static_cast<std::size_t>(column_count_);
  column_reduced_.assign(columns, Real(0));
  column_tolerance_.assign(columns, Real(0));
  gains_.assign(columns, Real(0));
  tried_.assign(columns, char{0});
  signed_factors_.resize(program.factor.size());
  absolute_factors_.resize(program.factor.size());
  all_active_ = true;
  active_.clear();
  column_active_.assign(columns, char{1});
  std::fill(column_active_.begin() + program.first_artificial, column_active_.end(), char{0});
}

template <typename Real>
SolveOutcome Simplex<Real>::Optimise() {
  if (HasArtificial()) {
    if (const SolveOutcome outcome = Minimise({Kind::kArtificial}); outcome != SolveOutcome::kOptimal) return outcome;
    if (const SolveOutcome outcome = RemoveArtificial(); outcome != SolveOutcome::kOptimal) return outcome;
  }
  for (int index = 0; index < static_cast<int>(program_->objectives.size()); ++index) {
    if (program_->objectives[static_cast<std::size_t>(index)].slack_sum) {
      if (const SolveOutcome outcome = MinimiseSlackSum(index); outcome != SolveOutcome::kOptimal) return outcome;
      continue;
    }
    const Level level{Kind::kObjective, index};
    if (const SolveOutcome outcome = Minimise(level); outcome != SolveOutcome::kOptimal) return outcome;
    Restrict();
    levels_.push_back(level);
  }
  if (!HasAlternatives()) return SolveOutcome::kOptimal;
  const std::vector<int> eligible = active_;
  const std::vector<char> eligible_columns = column_active_;
  if (const SolveOutcome outcome = MinimiseInOrder(1); outcome != SolveOutcome::kOptimal) return outcome;
  const std::vector<int> opposite = Support();
  active_ = eligible;
  column_active_ = eligible_columns;
  if (const SolveOutcome outcome = MinimiseInOrder(-1); outcome != SolveOutcome::kOptimal) return outcome;
  unique_ = Support() == opposite;
  return SolveOutcome::kOptimal;
}

template <typename Real>
SolveOutcome Simplex<Real>::Solve(const LinearProgram& program, const SolveOptions& options,
                                  const std::stop_token& stop) {
  Prepare(program, options, stop);
  if ((options.start.empty() || !StartFrom(options.start, false)) &&
      (program.start.empty() || !StartFrom(program.start, true)) && !StartFrom(ArtificialBasis(), true)) {
    return SolveOutcome::kSingular;
  }
  if (IsOnlyOptimum()) return FinishOnlyOptimum();
  if (const SolveOutcome outcome = Optimise(); outcome != SolveOutcome::kOptimal) return outcome;
  return Finish();
}

template class Simplex<double>;
template class Simplex<Quad>;

}  // namespace farrell::dea
