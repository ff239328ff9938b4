#include "services/regression/engine/multiple_testing.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <numeric>

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kTie = 1e-10;

// Positions in increasing order of `key`.
template <typename Key>
std::vector<std::size_t> Order(std::size_t count, const Key& key) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
  return order;
}

// From the largest p-value down, the running minimum of factor(rank) p, rank from 1 in increasing order of p.
std::vector<double> StepUp(const std::vector<double>& p_values, const std::function<double(double rank)>& factor) {
  const auto order = Order(p_values.size(), [&](std::size_t k) { return p_values[k]; });
  std::vector<double> adjusted(p_values.size());
  double smallest = 1.0;
  for (std::size_t rank = order.size(); rank-- > 0;) {
    smallest = std::min(smallest, factor(static_cast<double>(rank + 1)) * p_values[order[rank]]);
    adjusted[order[rank]] = smallest;
  }
  return adjusted;
}

double Harmonic(std::size_t count) {
  double sum = 0.0;
  for (std::size_t k = 1; k <= count; ++k) sum += 1.0 / static_cast<double>(k);
  return sum;
}

// Step-down over statistics that are large against the null.
std::vector<double> StepDown(const VectorXd& observed, const MatrixXd& draws, bool enumerated) {
  const auto order =
      Order(static_cast<std::size_t>(observed.size()), [&](std::size_t k) { return -observed(static_cast<Index>(k)); });
  std::vector<double> adjusted(order.size());
  // The largest statistic of every draw among the hypotheses from the present rank on.
  VectorXd largest = VectorXd::Constant(draws.rows(), -HUGE_VAL);
  for (std::size_t rank = order.size(); rank-- > 0;) {
    const auto k = static_cast<Index>(order[rank]);
    largest = largest.cwiseMax(draws.col(k));
    const double bound = observed(k) - kTie * std::fabs(observed(k));
    const auto count = static_cast<double>((largest.array() >= bound).count());
    const auto total = static_cast<double>(draws.rows());
    adjusted[order[rank]] = enumerated ? count / total : (count + 1.0) / (total + 1.0);
  }
  for (std::size_t rank = 1; rank < order.size(); ++rank) {
    adjusted[order[rank]] = std::max(adjusted[order[rank]], adjusted[order[rank - 1]]);
  }
  return adjusted;
}

}  // namespace

std::vector<double> HolmAdjusted(const std::vector<double>& p_values) {
  const auto order = Order(p_values.size(), [&](std::size_t k) { return p_values[k]; });
  std::vector<double> adjusted(p_values.size());
  double largest = 0.0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double scaled = std::min(1.0, static_cast<double>(order.size() - rank) * p_values[order[rank]]);
    largest = std::max(largest, scaled);
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

std::vector<double> HochbergAdjusted(const std::vector<double>& p_values) {
  const auto count = static_cast<double>(p_values.size());
  return StepUp(p_values, [count](double rank) { return count - rank + 1.0; });
}

std::vector<double> BenjaminiHochbergAdjusted(const std::vector<double>& p_values) {
  const auto count = static_cast<double>(p_values.size());
  return StepUp(p_values, [count](double rank) { return count / rank; });
}

std::vector<double> BenjaminiYekutieliAdjusted(const std::vector<double>& p_values) {
  const double count = static_cast<double>(p_values.size()) * Harmonic(p_values.size());
  return StepUp(p_values, [count](double rank) { return count / rank; });
}

std::vector<double> RomanoWolfAdjusted(const VectorXd& observed, const MatrixXd& draws, bool enumerated) {
  return StepDown(observed, draws, enumerated);
}

std::vector<double> WestfallYoungAdjusted(const VectorXd& observed, const MatrixXd& draws, bool enumerated) {
  // Minus the share of draws at least as large, so that large speaks against the null.
  MatrixXd ranks(draws.rows(), draws.cols());
  VectorXd observed_rank(observed.size());
  const auto total = static_cast<double>(draws.rows());
  std::vector<double> sorted(static_cast<std::size_t>(draws.rows()));
  for (Index k = 0; k < observed.size(); ++k) {
    for (Index d = 0; d < draws.rows(); ++d) sorted[static_cast<std::size_t>(d)] = draws(d, k);
    std::sort(sorted.begin(), sorted.end());
    const auto at_least = [&](double value) {
      const double bound = value - kTie * std::fabs(value);
      return static_cast<double>(sorted.end() - std::lower_bound(sorted.begin(), sorted.end(), bound));
    };
    // Random draws: the observed sample is one more of them.
    const double extra = enumerated ? 0.0 : 1.0;
    observed_rank(k) = -(at_least(observed(k)) + extra) / (total + extra);
    for (Index d = 0; d < draws.rows(); ++d) {
      const double more = !enumerated && observed(k) >= draws(d, k) * (1.0 - kTie) ? 1.0 : 0.0;
      ranks(d, k) = -(at_least(draws(d, k)) + more) / (total + extra);
    }
  }
  return StepDown(observed_rank, ranks, enumerated);
}

}  // namespace farrell::regression
