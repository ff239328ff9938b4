#include "services/regression/engine/wild_bootstrap_weights.h"

#include <algorithm>
#include <array>

#include "common/numeric/random.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

// Below this many clusters two points a cluster give too few different draws (Webb 2014).
constexpr Index kFewForSigns = 12;
constexpr Index kMostEnumerated = 40;

constexpr std::array<int, 3> kPlace = {1, 6, 36};

}  // namespace

ClusterWeights::ClusterWeights(Index clusters, BootstrapWeights asked, std::int64_t draws, std::int64_t seed)
    : clusters_(clusters), weights_(asked), draws_(draws), seed_(seed) {
  if (asked == BootstrapWeights::kDefault) {
    weights_ = clusters < kFewForSigns ? BootstrapWeights::kWebb : BootstrapWeights::kRademacher;
  }
  if (!webb() && clusters < kMostEnumerated && (std::int64_t{1} << static_cast<unsigned>(clusters)) <= draws) {
    enumerated_ = true;
    draws_ = std::int64_t{1} << static_cast<unsigned>(clusters);
  }
}

double ClusterWeights::Weight(std::uint8_t pattern, Index m) const {
  if (webb()) return numeric::WebbValue(pattern / kPlace[static_cast<std::size_t>(m)] % 6);
  return (static_cast<unsigned>(pattern) >> static_cast<unsigned>(m) & 1U) != 0U ? -1.0 : 1.0;
}

std::vector<std::uint8_t> ClusterWeights::Patterns(std::int64_t first, Index count) const {
  const Index size = bundles();
  std::vector<std::uint8_t> patterns(static_cast<std::size_t>(size * count));
  std::size_t next = 0;
  for (std::int64_t draw = first; draw < first + count; ++draw) {
    std::array<std::uint32_t, 4> words{};
    for (Index b = 0; b < size; ++b) {
      unsigned pattern = 0;
      if (enumerated_) {
        pattern = static_cast<unsigned>(draw >> static_cast<unsigned>(8 * b));
      } else if (webb()) {
        for (Index m = 0; m < 3; ++m) {
          const Index cluster = 3 * b + m;
          if (cluster % 4 == 0) words = numeric::RandomWords(seed_, draw, cluster / 4);
          const std::uint64_t word = words[static_cast<std::size_t>(cluster % 4)];
          const auto point = static_cast<unsigned>((word * 6U) >> 32U);
          pattern += point * static_cast<unsigned>(kPlace[static_cast<std::size_t>(m)]);
        }
      } else {
        if (b % 16 == 0) words = numeric::RandomWords(seed_, draw, b / 16);
        pattern = words[static_cast<std::size_t>(b / 4 % 4)] >> static_cast<unsigned>(b % 4 * 8);
      }
      patterns[next++] = static_cast<std::uint8_t>(pattern & 255U);
    }
  }
  return patterns;
}

MatrixXd ClusterWeights::Tables(const MatrixXd& forms) const {
  MatrixXd tables = MatrixXd::Zero(forms.rows(), bundles() * kPatterns);
  const int patterns = webb() ? 216 : 256;
  for (Index b = 0; b < bundles(); ++b) {
    const Index members = std::min(width(), clusters_ - b * width());
    for (int pattern = 0; pattern < patterns; ++pattern) {
      auto entry = tables.col(b * kPatterns + pattern);
      for (Index m = 0; m < members; ++m) {
        entry += Weight(static_cast<std::uint8_t>(pattern), m) * forms.col(b * width() + m);
      }
    }
  }
  return tables;
}

MatrixXd ClusterWeights::Weights(const std::vector<std::uint8_t>& patterns, Index count) const {
  MatrixXd weights(clusters_, count);
  for (Index d = 0; d < count; ++d) {
    for (Index g = 0; g < clusters_; ++g) {
      weights(g, d) = Weight(patterns[static_cast<std::size_t>(d * bundles() + g / width())], g % width());
    }
  }
  return weights;
}

}  // namespace farrell::regression
