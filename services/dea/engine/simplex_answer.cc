// The answer of a solved program: whether there was anything to decide, the prices of the final basis, what is read
// off.
#include <algorithm>
#include <cmath>

#include "services/dea/engine/simplex.h"

namespace farrell::dea {

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
  // What the terms of any unit that has some add up to at least, and what rounding adds to a reduced cost at most
  // beyond its share of the terms.
  Real all_terms = 0;
  Real least_term = kHuge;
  Real noise = 0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(row_count_); ++i) {
    const Real size = std::abs(program_->factor[i]);
    if (size == 0) continue;  // no weight appears in the row
    const bool measure = program_->source[i] < reference.dimension();
    if (measure && prices_[i] > 0) return false;
    const Real price = Abs(prices_[i]) * size;
    const Real rounding = kBand * kBand * Precision<Real>::kZero * price_bounds_[i] * size;
    all_terms += price * (measure ? reference.lowest(program_->source[i]) : 1);
    if (price > 0) least_term = std::min(least_term, price * frame_->least_positive(program_->source[i]));
    if (rounding > kFrameMargin * price) noise += rounding * (measure ? reference.highest(program_->source[i]) : 1);
  }
  return noise <= kFrameMargin * std::max(all_terms, least_term);
}

// The direction in which the entering column takes the solution: itself and minus its transform.
template <typename Real>
void Simplex<Real>::KeepRay(int entering) {
  ray_.assign(static_cast<std::size_t>(first_own_artificial()) + static_cast<std::size_t>(row_count_), Real(0));
  ray_[static_cast<std::size_t>(entering)] = 1;
  for (int p = 0; p < row_count_; ++p) {
    const std::size_t at = static_cast<std::size_t>(p);
    if (Abs(alpha_[at]) <= Precision<Real>::kPivot * alpha_bounds_[at]) continue;
    ray_[static_cast<std::size_t>(basis_.variable(p))] = -alpha_[at];
  }
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
      solution.ray.push_back(
          static_cast<double>(ray_[static_cast<std::size_t>(first_column()) + static_cast<std::size_t>(c)]));
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
    if (level.kind == Kind::kObjective && level.index == 0) {
      solution.prices = prices_of(at);
      for (int i = 0; i < row_count_; ++i) {
        solution.price_tolerances.push_back(static_cast<double>(price_tolerances_[static_cast<std::size_t>(i)]));
      }
    }
    if (level.kind == Kind::kSlacks) solution.slack_prices = prices_of(at);
    if (level.kind == Kind::kFreeSlacks) {
      solution.zero_slack_prices = prices_of(at);
      solution.zero_slacks = tried_;
    }
  }
}

#define FARRELL_INSTANTIATE(Real)                            \
  template bool Simplex<Real>::FrameSuffices();              \
  template bool Simplex<Real>::IsOnlyOptimum();              \
  template SolveOutcome Simplex<Real>::FinishOnlyOptimum();  \
  template void Simplex<Real>::SetFinalPrices(std::size_t);  \
  template void Simplex<Real>::KeepFinalPrices(std::size_t); \
  template SolveOutcome Simplex<Real>::Finish();             \
  template void Simplex<Real>::KeepRay(int);                 \
  template void Simplex<Real>::Read(Solution& solution);
FARRELL_INSTANTIATE(double)
FARRELL_INSTANTIATE(Quad)
#undef FARRELL_INSTANTIATE

}  // namespace farrell::dea
