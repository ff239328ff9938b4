// Pricing: reduced costs of weights and columns, the entering variable, the variables that an objective leaves free.
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "services/dea/engine/simplex.h"

namespace farrell::dea {
namespace {

// Stretches of the reference set that send their best unit into a working set.
constexpr int kStretches = 32;

}  // namespace

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
  const std::size_t base = static_cast<std::size_t>(block) * static_cast<std::size_t>(row_count_);
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
  const std::size_t base = static_cast<std::size_t>(block) * static_cast<std::size_t>(row_count_);
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
      const std::size_t at =
          static_cast<std::size_t>(block) * static_cast<std::size_t>(row_count_) + static_cast<std::size_t>(i);
      signed_factors_[at] = weights[i] * factor[i];
      absolute_factors_[at] = tolerances[i] * std::abs(factor[i]);
    }
    if (all) AccumulateAll(block, value, tolerance);
  }
  if (!all) {
    for (const int j : active_) {
      const std::size_t base = static_cast<std::size_t>(j / stride) * static_cast<std::size_t>(row_count_);
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

// Makes the most promising column of each stretch of the reference set, by the last pricing, the only eligible ones.
template <typename Real>
void Simplex<Real>::SelectWorkingSet() {
  active_.clear();
  const int stretch = (weight_count_ + kStretches - 1) / kStretches;
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

#define FARRELL_INSTANTIATE(Real)                                                                                   \
  template Real Simplex<Real>::Cost(const Simplex<Real>::Level& level, int variable) const;                         \
  template void Simplex<Real>::SetPrices(const Simplex<Real>::Level& level);                                        \
  template void Simplex<Real>::Accumulate(const Real*, const Real*, bool, std::vector<Real>&, std::vector<Real>&);  \
  template void Simplex<Real>::PriceColumns(const Simplex<Real>::Level& level);                                     \
  template typename Simplex<Real>::Entering Simplex<Real>::ChooseEntering(const Simplex<Real>::Level& level, bool); \
  template void Simplex<Real>::SelectWorkingSet();                                                                  \
  template void Simplex<Real>::Restrict();
FARRELL_INSTANTIATE(double)
FARRELL_INSTANTIATE(Quad)
#undef FARRELL_INSTANTIATE

}  // namespace farrell::dea
