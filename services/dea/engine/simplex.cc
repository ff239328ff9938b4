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
}

template <typename Real>
bool Simplex<Real>::IsUsable(int variable) const {
  if (variable < 0 || variable >= first_own_artificial()) return false;
  if (variable >= weight_count_) return true;
  const int unit = variable % static_cast<int>(program_->reference->padded_size());
  return unit < static_cast<int>(program_->reference->size()) && unit != program_->excluded;
}

template <typename Real>
Real Simplex<Real>::Cost(const Level& level, int variable) const {
  switch (level.kind) {
    case Kind::kArtificial: return IsArtificial(variable) ? 1 : 0;
    case Kind::kVariable: return variable == level.index ? level.sign : Real(0);
    default: break;
  }
  if (variable < first_column() || variable >= first_own_artificial()) return 0;
  const std::size_t column = static_cast<std::size_t>(variable - first_column());
  if (level.kind == Kind::kObjective) return program_->objectives[static_cast<std::size_t>(level.index)].cost[column];
  if (level.kind == Kind::kSlacks) return -gains_[column];
  return tried_[column] != 0 ? -1 : 0;
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

// Of the objectives that cost something the first decides: its prices are feasible for all units of the frame.
template <typename Real>
bool Simplex<Real>::FrameSuffices() {
  if (frame_ == nullptr) return true;
  const auto is_zero = [](Real price) { return price == 0; };
  std::size_t level = 0;
  for (; level < levels_.size(); ++level) {
    SetFinalPrices(level);
    if (!std::all_of(prices_.begin(), prices_.begin() + row_count_, is_zero)) break;
  }
  if (level == levels_.size()) return false;
  const ReferenceMatrix& reference = *program_->reference;
  // What any unit's terms add up to at least, and what rounding adds to a reduced cost at most beyond its share of the
  // terms.
  Real terms = 0;
  Real noise = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(row_count_); ++i) {
    const Real size = std::abs(program_->factor[i]);
    if (size == 0) continue;  // no weight appears in the row
    const bool measure = program_->source[i] < reference.dimension();
    if (measure && prices_[i] > 0) return false;
    const Real price = Abs(prices_[i]) * size;
    const Real rounding = kBand * kBand * Precision<Real>::kZero * price_bounds_[i] * size;
    terms += price * (measure ? reference.lowest(program_->source[i]) : 1);
    if (rounding > kFrameMargin * price) noise += rounding * (measure ? reference.highest(program_->source[i]) : 1);
  }
  return noise <= kFrameMargin * terms;
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

template <typename Real>
void Simplex<Real>::SetPrices(const Level& level) {
  for (int p = 0; p < row_count_; ++p) costs_[static_cast<std::size_t>(p)] = Cost(level, basis_.variable(p));
  basis_.SolveDual(costs_.data(), prices_.data(), price_bounds_.data());
  const Real tie = level.kind == Kind::kSlacks ? Precision<Real>::kSlackTie : Precision<Real>::kTie;
  for (std::size_t i = 0; i < static_cast<std::size_t>(row_count_); ++i) {
    price_tolerances_[i] = tie * Abs(prices_[i]) + Precision<Real>::kZero * price_bounds_[i];
  }
}

template <>
void Simplex<Quad>::AccumulateAll(int block, std::vector<Quad>& value, std::vector<Quad>& tolerance) {
  const ReferenceMatrix& reference = priced();
  const std::size_t base = static_cast<std::size_t>(block * row_count_);
  for (std::size_t j = 0; j < reference.size(); ++j) {
    Quad sum = 0;
    Quad bound = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(row_count_); ++i) {
      const double cell = reference.row(program_->source[i])[j];
      sum += signed_factors_[base + i] * cell;
      bound += absolute_factors_[base + i] * std::abs(cell);
    }
    const int variable = WeightAt(block, j);
    value[static_cast<std::size_t>(variable)] = sum;
    tolerance[static_cast<std::size_t>(variable)] = bound;
    if (sum < -bound) improving_.push_back(variable);
  }
}

template <>
void Simplex<double>::AccumulateAll(int block, std::vector<double>& value, std::vector<double>& tolerance) {
  const ReferenceMatrix& reference = priced();
  const std::size_t base = static_cast<std::size_t>(block * row_count_);
  const std::size_t offset = static_cast<std::size_t>(block) * reference.padded_size();
  // Eight columns at a time, so that both sums stay in registers.
  constexpr int kLanes = 8;
  static_assert(ReferenceMatrix::kBlock % kLanes == 0);
  using Lanes = Eigen::Array<double, kLanes, 1>;
  for (std::size_t first = 0; first < reference.size(); first += kLanes) {
    Lanes sum = Lanes::Zero();
    Lanes bound = Lanes::Zero();
    for (std::size_t i = 0; i < static_cast<std::size_t>(row_count_); ++i) {
      const Lanes cells = Eigen::Map<const Lanes>(reference.row(program_->source[i]) + first);
      sum += signed_factors_[base + i] * cells;
      bound += absolute_factors_[base + i] * cells.abs();
    }
    if (frame_ == nullptr) {
      Eigen::Map<Lanes>(value.data() + offset + first) = sum;
      Eigen::Map<Lanes>(tolerance.data() + offset + first) = bound;
    } else {
      const int lanes = static_cast<int>(std::min<std::size_t>(kLanes, reference.size() - first));
      for (int lane = 0; lane < lanes; ++lane) {
        const std::size_t unit = static_cast<std::size_t>(frame_->units()[first + static_cast<std::size_t>(lane)]);
        value[unit] = sum[lane];
        tolerance[unit] = bound[lane];
      }
    }
    if ((sum + bound).minCoeff() >= 0) continue;
    for (int lane = 0; lane < kLanes; ++lane) {
      if (sum[lane] < -bound[lane]) improving_.push_back(WeightAt(block, first + static_cast<std::size_t>(lane)));
    }
  }
}

template <typename Real>
void Simplex<Real>::Accumulate(const Real* weights, const Real* tolerances, bool all, std::vector<Real>& value,
                               std::vector<Real>& tolerance) {
  const ReferenceMatrix& reference = *program_->reference;
  const int stride = static_cast<int>(reference.padded_size());
  improving_.clear();
  for (int block = 0; block < program_->block_count; ++block) {
    const double* factor = program_->block_factor(block);
    for (int i = 0; i < row_count_; ++i) {
      const std::size_t at = static_cast<std::size_t>(block * row_count_ + i);
      signed_factors_[at] = weights[i] * factor[i];
      absolute_factors_[at] = tolerances[i] * std::abs(factor[i]);
    }
    if (all) AccumulateAll(block, value, tolerance);
  }
  if (!all) {
    for (const int j : active_) {
      const std::size_t base = static_cast<std::size_t>(j / stride * row_count_);
      Real sum = 0;
      Real bound = 0;
      for (std::size_t i = 0; i < static_cast<std::size_t>(row_count_); ++i) {
        const double cell = reference.row(program_->source[i])[j % stride];
        sum += signed_factors_[base + i] * cell;
        bound += absolute_factors_[base + i] * std::abs(cell);
      }
      value[static_cast<std::size_t>(j)] = sum;
      tolerance[static_cast<std::size_t>(j)] = bound;
    }
  } else if (program_->excluded >= 0) {
    std::erase_if(improving_, [&](int j) { return j % stride == program_->excluded; });
  }
}

template <typename Real>
void Simplex<Real>::PriceColumns(const Level& level) {
  for (int c = 0; c < program_->first_artificial; ++c) {
    const double* column = program_->column(c);
    const Real cost = Cost(level, first_column() + c);
    Real sum = cost;
    Real bound = Precision<Real>::kTie * Abs(cost);
    for (int i = 0; i < row_count_; ++i) {
      const std::size_t at = static_cast<std::size_t>(i);
      sum -= prices_[at] * column[i];
      bound += price_tolerances_[at] * std::abs(column[i]);
    }
    column_reduced_[static_cast<std::size_t>(c)] = sum;
    column_tolerance_[static_cast<std::size_t>(c)] = bound;
  }
}

template <typename Real>
typename Simplex<Real>::Entering Simplex<Real>::ChooseEntering(const Level& level, bool smallest_index) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(row_count_); ++i) alpha_[i] = -prices_[i];
  Accumulate(alpha_.data(), price_tolerances_.data(), all_active_, reduced_, tolerance_);
  if (level.kind == Kind::kVariable && level.index < weight_count_) {
    reduced_[static_cast<std::size_t>(level.index)] += level.sign;
    tolerance_[static_cast<std::size_t>(level.index)] += Precision<Real>::kTie;
  }
  PriceColumns(level);
  // A basic variable's reduced cost is zero by definition.
  for (const int variable : basis_.variables()) {
    if (variable < weight_count_)
      reduced_[static_cast<std::size_t>(variable)] = 0;
    else if (!IsArtificial(variable))
      column_reduced_[static_cast<std::size_t>(variable - weight_count_)] = 0;
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
  for (int c = 0; c < program_->first_artificial; ++c) {
    const std::size_t at = static_cast<std::size_t>(c);
    if (column_active_[at] == 0) continue;
    if (consider(first_column() + c, column_reduced_[at], column_tolerance_[at])) return best;
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
  const bool worthwhile = all_active_ && priced().size() > 4 * static_cast<std::size_t>(kWorkingSet);
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
    if (leaving < 0) {
      KeepRay(entering.variable);
      return SolveOutcome::kUnbounded;
    }
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
    ForEachWeight(keep);
  } else {
    for (const int j : active_) keep(j);
  }
  active_.swap(kept);
  all_active_ = false;
  for (std::size_t c = 0; c < static_cast<std::size_t>(program_->first_artificial); ++c) {
    if (column_reduced_[c] > column_tolerance_[c]) column_active_[c] = 0;
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
    const auto consider = [&](int variable) {
      if (IsBasic(variable)) return;
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

// The direction in which the entering column takes the solution: itself and minus its transform.
template <typename Real>
void Simplex<Real>::KeepRay(int entering) {
  ray_.assign(static_cast<std::size_t>(first_own_artificial() + row_count_), Real(0));
  ray_[static_cast<std::size_t>(entering)] = 1;
  for (int p = 0; p < row_count_; ++p) {
    const std::size_t at = static_cast<std::size_t>(p);
    if (Abs(alpha_[at]) <= Precision<Real>::kPivot * alpha_bounds_[at]) continue;
    ray_[static_cast<std::size_t>(basis_.variable(p))] = -alpha_[at];
  }
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

// Whether the start is the only optimum of the first objective, by a clear margin: then nothing is left to decide.
template <typename Real>
bool Simplex<Real>::IsOnlyOptimum() {
  if (options_->start.empty() || program_->objectives[0].slack_sum || !clear_ || HasArtificial()) return false;
  for (int p = 0; p < row_count_; ++p) {
    if (!(values_[static_cast<std::size_t>(p)] > 0)) return false;
  }
  const Level level{Kind::kObjective, 0};
  SetPrices(level);
  for (std::size_t i = 0; i < static_cast<std::size_t>(row_count_); ++i) alpha_[i] = -prices_[i];
  Accumulate(alpha_.data(), price_tolerances_.data(), true, reduced_, tolerance_);
  if (!improving_.empty()) return false;
  PriceColumns(level);
  bool only = true;
  ForEachWeight([&](int j) {
    const std::size_t at = static_cast<std::size_t>(j);
    if (reduced_[at] <= kBand * tolerance_[at] && !IsBasic(j)) only = false;
  });
  for (int c = 0; c < program_->first_artificial && only; ++c) {
    const std::size_t at = static_cast<std::size_t>(c);
    if (column_reduced_[at] <= kBand * column_tolerance_[at] && !IsBasic(first_column() + c)) only = false;
  }
  return only;
}

template <typename Real>
SolveOutcome Simplex<Real>::FinishOnlyOptimum() {
  for (int index = 0; index < static_cast<int>(program_->objectives.size()); ++index) {
    if (!program_->objectives[static_cast<std::size_t>(index)].slack_sum) {
      levels_.push_back({Kind::kObjective, index});
      continue;
    }
    TryZeroSlacks(index);
    ScaleGains();
    levels_.push_back({Kind::kFreeSlacks});
    levels_.push_back({Kind::kSlacks});
  }
  KeepFinalPrices(0);
  settled_ = true;
  return SolveOutcome::kOptimal;
}

// Prices of an objective at the final basis, computed once.
template <typename Real>
void Simplex<Real>::SetFinalPrices(std::size_t level) {
  if (final_prices_.size() > level && !final_prices_[level].values.empty()) {
    const Prices& kept = final_prices_[level];
    std::copy(kept.values.begin(), kept.values.end(), prices_.begin());
    std::copy(kept.bounds.begin(), kept.bounds.end(), price_bounds_.begin());
    std::copy(kept.tolerances.begin(), kept.tolerances.end(), price_tolerances_.begin());
    return;
  }
  SetPrices(levels_[level]);
  KeepFinalPrices(level);
}

template <typename Real>
void Simplex<Real>::KeepFinalPrices(std::size_t level) {
  if (final_prices_.size() <= level) final_prices_.resize(level + 1);
  const auto keep = [this](const std::vector<Real>& from, std::vector<Real>& to) {
    to.assign(from.begin(), from.begin() + row_count_);
  };
  keep(prices_, final_prices_[level].values);
  keep(price_bounds_, final_prices_[level].bounds);
  keep(price_tolerances_, final_prices_[level].tolerances);
}

template <typename Real>
SolveOutcome Simplex<Real>::Finish() {
  if (const SolveOutcome outcome = MakeCanonical(); outcome != SolveOutcome::kOptimal) return outcome;
  settled_ = IsSettled();
  for (std::size_t p = 0; p < static_cast<std::size_t>(row_count_); ++p) values_[p] = std::max(values_[p], Real(0));
  return SolveOutcome::kOptimal;
}

template <typename Real>
void Simplex<Real>::Read(Solution& solution) {
  solution = {};
  if (ray_.size() == static_cast<std::size_t>(row_count_)) {
    for (const Real value : ray_) solution.ray.push_back(static_cast<double>(value));
    return;
  }
  if (!ray_.empty()) {
    ForEachWeight([&](int j) {
      const double value = static_cast<double>(ray_[static_cast<std::size_t>(j)]);
      if (value != 0) solution.weights.emplace_back(j, value);
    });
    for (int c = 0; c < column_count_; ++c) {
      solution.ray.push_back(static_cast<double>(ray_[static_cast<std::size_t>(first_column() + c)]));
    }
    return;
  }
  solution.columns.assign(static_cast<std::size_t>(column_count_), 0.0);
  solution.weights_unique = unique_;
  for (int p = 0; p < row_count_; ++p) {
    const double value = static_cast<double>(values_[static_cast<std::size_t>(p)]);
    if (!(value > 0)) {
      solution.prices_unique = false;
    } else if (basis_.variable(p) < weight_count_) {
      solution.weights.emplace_back(basis_.variable(p), value);
    } else if (basis_.variable(p) < first_own_artificial()) {
      solution.columns[static_cast<std::size_t>(basis_.variable(p) - weight_count_)] = value;
    }
  }
  const auto prices_of = [&](std::size_t at) {
    SetFinalPrices(at);
    const Real unit = levels_[at].kind == Kind::kSlacks ? gain_scale_ : Real(1);
    std::vector<double> prices;
    prices.reserve(static_cast<std::size_t>(row_count_));
    for (int i = 0; i < row_count_; ++i) {
      prices.push_back(static_cast<double>(unit * prices_[static_cast<std::size_t>(i)]));
    }
    return prices;
  };
  for (std::size_t at = 0; at < levels_.size(); ++at) {
    const Level& level = levels_[at];
    if (level.kind == Kind::kObjective && level.index == 0) solution.prices = prices_of(at);
    if (level.kind == Kind::kSlacks) solution.slack_prices = prices_of(at);
    if (level.kind == Kind::kFreeSlacks) {
      solution.zero_slack_prices = prices_of(at);
      solution.zero_slacks = tried_;
    }
  }
}

template class Simplex<double>;
template class Simplex<Quad>;

}  // namespace farrell::dea
