#include "services/dea/engine/inference/bandwidth.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "common/numeric/elementary.h"
#include "common/numeric/quantile.h"
#include "services/dea/engine/inference/moments.h"

namespace farrell::dea {
namespace {

constexpr std::size_t kClasses = 1000;

double FifthRoot(double x) { return numeric::Pow(x, 0.2); }

// How many pairs of values lie how many classes apart.
struct PairCounts {
  double width = 0;
  std::vector<double> counts;
};

PairCounts CountPairs(const std::vector<double>& sorted) {
  PairCounts pairs;
  pairs.width = (sorted.back() - sorted.front()) * 1.01 / static_cast<double>(kClasses);
  std::vector<double> members(kClasses, 0);
  for (const double value : sorted) {
    ++members[std::min(kClasses - 1, static_cast<std::size_t>((value - sorted.front()) / pairs.width))];
  }
  pairs.counts.assign(kClasses, 0);
  for (std::size_t i = 0; i < kClasses; ++i) {
    if (members[i] == 0) continue;
    pairs.counts[0] += members[i] * (members[i] - 1) / 2;
    for (std::size_t j = i + 1; j < kClasses; ++j) pairs.counts[j - i] += members[i] * members[j];
  }
  return pairs;
}

double CrossValidationScore(const PairCounts& pairs, double count, double h) {
  double sum = 0;
  for (std::size_t apart = 0; apart < kClasses; ++apart) {
    const double u = static_cast<double>(apart) * pairs.width / h;
    if (u > 40) break;
    if (pairs.counts[apart] == 0) continue;
    sum += pairs.counts[apart] * (numeric::Exp(-u * u / 4) - std::sqrt(8.0) * numeric::Exp(-u * u / 2));
  }
  return (0.5 + sum / count) / (count * h * std::sqrt(std::numbers::pi));
}

double CrossValidated(const std::vector<double>& sorted, double deviation) {
  const auto count = static_cast<double>(sorted.size());
  const PairCounts pairs = CountPairs(sorted);
  const double highest = 1.144 * deviation / FifthRoot(count);
  constexpr int kGrid = 40;
  const double step = 0.9 * highest / kGrid;
  int best = 0;
  double lowest_score = 0;
  for (int i = 0; i <= kGrid; ++i) {
    const double score = CrossValidationScore(pairs, count, 0.1 * highest + step * i);
    if (i == 0 || score < lowest_score) {
      best = i;
      lowest_score = score;
    }
  }
  // Golden sections between the neighbours of the best point of the grid.
  double low = 0.1 * highest + step * std::max(0, best - 1);
  double high = 0.1 * highest + step * std::min(kGrid, best + 1);
  const double golden = (std::sqrt(5.0) - 1) / 2;
  while (high - low > 1e-4 * highest) {
    const double left = high - golden * (high - low);
    const double right = low + golden * (high - low);
    if (CrossValidationScore(pairs, count, left) <= CrossValidationScore(pairs, count, right)) {
      high = right;
    } else {
      low = left;
    }
  }
  return (low + high) / 2;
}

}  // namespace

Result<double> ChooseBandwidth(const std::vector<double>& distances, BandwidthRule rule, const std::stop_token& stop) {
  std::vector<double> reflected;
  for (const double distance : distances) {
    if (distance > 1) {
      reflected.push_back(2 - distance);
      reflected.push_back(distance);
    }
  }
  if (reflected.empty()) {
    return FailedPrecondition("NO_INEFFICIENT_UNIT",
                              "every unit of the reference set is efficient, so there is no distribution of "
                              "inefficiency to draw from: use fewer inputs and outputs or more units");
  }
  std::sort(reflected.begin(), reflected.end());
  if (stop.stop_requested()) return Cancelled();
  const double deviation = std::sqrt(SampleVariance(reflected));
  double h = 0;
  if (rule == BandwidthRule::kCrossValidation) {
    h = CrossValidated(reflected, deviation);
  } else {
    const double range = (numeric::Quantile(reflected, 0.75) - numeric::Quantile(reflected, 0.25)) / 1.34;
    const double spread = range > 0 ? std::min(deviation, range) : deviation;
    h = (rule == BandwidthRule::kNormalReference ? 1.06 : 0.9) * spread /
        FifthRoot(static_cast<double>(reflected.size()));
  }
  if (stop.stop_requested()) return Cancelled();
  return h * FifthRoot(static_cast<double>(reflected.size()) / static_cast<double>(distances.size())) *
         std::sqrt(SampleVariance(distances)) / deviation;
}

}  // namespace farrell::dea
