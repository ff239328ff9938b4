#include "services/regression/engine/within/sparse_schur.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace farrell::regression {
namespace {

using Eigen::Index;

// Products of row entries a row of data that putting the matrix together may cost.
constexpr double kMostProducts = 64.0;
constexpr double kFewProducts = 2e7;
// Minor effects with so few nodes are neighbours of all; they are not sampled.
constexpr Index kFewNodes = 64;
constexpr Index kSampledNodes = 64;
// Neighbours a sampled node may have on average.
constexpr double kMostNeighbours = 96.0;
constexpr Index kNodesBetweenChecks = 64;

double Products(const Crossing& crossing) {
  double width = 0.0;
  for (std::size_t m = 0; m < crossing.minors().size(); ++m) width += crossing.minor_width(m);
  double products = 0.0;
  for (Index level = 0; level < crossing.major_levels(); ++level) {
    const double length = crossing.end(level) - crossing.begin(level);
    products += length * length;
  }
  return products * width * width;
}

// Level of the major effect at every position.
std::vector<std::int32_t> LevelsOfPositions(const Crossing& crossing) {
  std::vector<std::int32_t> levels(crossing.rows());
  for (Index level = 0; level < crossing.major_levels(); ++level) {
    std::fill(levels.begin() + crossing.begin(level), levels.begin() + crossing.end(level),
              static_cast<std::int32_t>(level));
  }
  return levels;
}

// Average number of neighbours of nodes taken at even distances, those in effects with few nodes not counted.
double SampledNeighbours(const Crossing& crossing) {
  double neighbours = 0.0;
  double sampled = 0.0;
  std::vector<std::int32_t> mark(static_cast<std::size_t>(crossing.node_count()), -1);
  for (std::size_t m = 0; m < crossing.minors().size(); ++m) {
    const Index levels = crossing.basis(crossing.minors()[m]).levels;
    if (levels <= kFewNodes) continue;
    const Index stride = std::max<Index>(1, levels / kSampledNodes);
    std::vector<std::vector<Index>> homes(static_cast<std::size_t>((levels + stride - 1) / stride));
    std::vector<std::int32_t> sample(static_cast<std::size_t>(crossing.node_count()), -1);
    for (std::size_t s = 0; s < homes.size(); ++s) {
      const Index node = crossing.minor_offset(m) + static_cast<Index>(s) * stride * crossing.minor_width(m);
      sample[static_cast<std::size_t>(node)] = static_cast<std::int32_t>(s);
    }
    for (Index level = 0; level < crossing.major_levels(); ++level) {
      for (std::int32_t position = crossing.begin(level); position < crossing.end(level); ++position) {
        const std::int32_t s = sample[static_cast<std::size_t>(crossing.node(m, position))];
        if (s < 0) continue;
        std::vector<Index>& home = homes[static_cast<std::size_t>(s)];
        if (home.empty() || home.back() != level) home.push_back(level);
      }
    }
    for (std::size_t s = 0; s < homes.size(); ++s) {
      const auto stamp = static_cast<std::int32_t>(static_cast<std::size_t>(crossing.minor_offset(m)) + s);
      for (Index level : homes[s]) {
        for (std::size_t other = 0; other < crossing.minors().size(); ++other) {
          if (crossing.basis(crossing.minors()[other]).levels <= kFewNodes) continue;
          for (std::int32_t position = crossing.begin(level); position < crossing.end(level); ++position) {
            std::int32_t& seen = mark[static_cast<std::size_t>(crossing.node(other, position))];
            if (seen == stamp) continue;
            seen = stamp;
            neighbours += crossing.minor_width(other);
          }
        }
      }
      sampled += 1.0;
    }
  }
  return sampled > 0.0 ? neighbours / sampled : 0.0;
}

// One row of the lower triangle at a time.
class RowBuilder {
 public:
  RowBuilder(const Crossing& crossing, const std::vector<std::int32_t>& levels)
      : crossing_(crossing),
        levels_(levels),
        value_(static_cast<std::size_t>(crossing.node_count()), 0.0),
        seen_(static_cast<std::size_t>(crossing.node_count()), 0) {}

  // Row of node `first + q`, which stands at the given positions of minor m.
  void Build(std::size_t m, std::int32_t first, int q, const std::int32_t* begin, const std::int32_t* end,
             std::vector<std::pair<std::int32_t, double>>& row) {
    const std::int32_t node = first + q;
    touched_.clear();
    Add(node, 0.0);
    if (crossing_.plain()) {
      AddPlain(node, begin, end);
    } else {
      AddGeneral(m, node, q, begin, end);
    }
    std::sort(touched_.begin(), touched_.end());
    row.clear();
    for (std::int32_t column : touched_) {
      row.emplace_back(column, value_[static_cast<std::size_t>(column)]);
      value_[static_cast<std::size_t>(column)] = 0.0;
      seen_[static_cast<std::size_t>(column)] = 0;
    }
  }

 private:
  void AddPlain(std::int32_t node, const std::int32_t* begin, const std::int32_t* end) {
    const std::size_t minors = crossing_.minors().size();
    for (const std::int32_t* at = begin; at < end; ++at) {
      for (std::size_t other = 0; other < minors; ++other) {
        const std::int32_t column = crossing_.node(other, *at);
        if (column <= node) Add(column, 1.0);
      }
      const Index level = levels_[static_cast<std::size_t>(*at)];
      const double share = -crossing_.major_inverse()(level);
      const std::int32_t last = crossing_.end(level);
      for (std::size_t other = 0; other < minors; ++other) {
        for (std::int32_t position = crossing_.begin(level); position < last; ++position) {
          const std::int32_t column = crossing_.node(other, position);
          if (column <= node) Add(column, share);
        }
      }
    }
  }

  void AddGeneral(std::size_t m, std::int32_t node, int q, const std::int32_t* begin, const std::int32_t* end) {
    const int major_width = crossing_.major_width();
    for (const std::int32_t* at = begin; at < end; ++at) {
      const double own = crossing_.minor_value(m, *at, q);
      if (own == 0.0) continue;
      for (std::size_t other = 0; other < crossing_.minors().size(); ++other) {
        const std::int32_t base = crossing_.node(other, *at);
        for (int s = 0; s < crossing_.minor_width(other); ++s) {
          if (base + s <= node) Add(base + s, own * crossing_.minor_value(other, *at, s));
        }
      }
      const Index level = levels_[static_cast<std::size_t>(*at)];
      for (std::int32_t position = crossing_.begin(level); position < crossing_.end(level); ++position) {
        double along = 0.0;
        for (int s = 0; s < major_width; ++s) {
          along += crossing_.major_value(*at, s) * crossing_.major_value(position, s) *
                   crossing_.major_inverse()(level * major_width + s);
        }
        along *= own;
        for (std::size_t other = 0; other < crossing_.minors().size(); ++other) {
          const std::int32_t base = crossing_.node(other, position);
          for (int s = 0; s < crossing_.minor_width(other); ++s) {
            if (base + s <= node) Add(base + s, -along * crossing_.minor_value(other, position, s));
          }
        }
      }
    }
  }

  void Add(std::int32_t column, double value) {
    char& seen = seen_[static_cast<std::size_t>(column)];
    if (seen == 0) {
      seen = 1;
      touched_.push_back(column);
    }
    value_[static_cast<std::size_t>(column)] += value;
  }

  const Crossing& crossing_;
  const std::vector<std::int32_t>& levels_;
  std::vector<double> value_;
  std::vector<char> seen_;
  std::vector<std::int32_t> touched_;
};

}  // namespace

std::optional<SparseLower> SparseSchur(const Crossing& crossing, const Environment& environment) {
  if (Products(crossing) > std::max(kFewProducts, kMostProducts * static_cast<double>(crossing.rows()))) {
    return std::nullopt;
  }
  if (SampledNeighbours(crossing) > kMostNeighbours || environment.stop.stop_requested()) return std::nullopt;
  const std::vector<std::int32_t> levels = LevelsOfPositions(crossing);
  std::vector<std::vector<std::pair<std::int32_t, double>>> rows(static_cast<std::size_t>(crossing.node_count()));
  for (std::size_t m = 0; m < crossing.minors().size(); ++m) {
    const int width = crossing.minor_width(m);
    const Index offset = crossing.minor_offset(m);
    const Index count = crossing.basis(crossing.minors()[m]).levels;
    RowsByLevel places;
    if (offset == 0 && width == 1) {
      places = RowsByLevel::Make(crossing.nodes(m), static_cast<std::size_t>(count));
    } else {
      std::vector<std::int32_t> own(crossing.nodes(m));
      for (std::int32_t& node : own) node = (node - static_cast<std::int32_t>(offset)) / width;
      places = RowsByLevel::Make(own, static_cast<std::size_t>(count));
    }
    if (places.order.empty()) {
      places.order.resize(crossing.rows());
      for (std::size_t k = 0; k < crossing.rows(); ++k) places.order[k] = static_cast<std::int32_t>(k);
    }
    const auto build = [&](std::int64_t first, std::int64_t last) {
      RowBuilder builder(crossing, levels);
      for (std::int64_t level = first; level < last; ++level) {
        if (level % kNodesBetweenChecks == 0 && environment.stop.stop_requested()) return;
        const auto node = static_cast<std::int32_t>(offset + level * width);
        const auto at = static_cast<std::size_t>(level);
        for (int q = 0; q < width; ++q) {
          builder.Build(m, node, q, places.order.data() + places.start[at], places.order.data() + places.start[at + 1],
                        rows[static_cast<std::size_t>(node) + static_cast<std::size_t>(q)]);
        }
      }
    };
    if (environment.parallel) {
      environment.parallel(count, build);
    } else {
      build(0, count);
    }
    if (environment.stop.stop_requested()) return std::nullopt;
  }
  SparseLower schur;
  schur.start.push_back(0);
  for (const auto& row : rows) {
    for (const auto& [column, value] : row) {
      schur.column.push_back(column);
      schur.value.push_back(value);
    }
    schur.start.push_back(static_cast<std::int64_t>(schur.column.size()));
  }
  return schur;
}

}  // namespace farrell::regression
