#include "services/regression/engine/permutation.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "common/numeric/random.h"
#include "services/regression/engine/vcov/cluster_basis.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kTie = 1e-10;
constexpr double kMostStatistic = std::numeric_limits<double>::max();
// Cells of all cross-products, 400 MB.
constexpr double kMaxCells = 5e7;
// A pivot below this share of the column's own square is a column that follows from those before.
constexpr double kRedundantPivot = 1e-10;
// Splits between two questions whether to stop, and between two reports of progress.
constexpr std::int64_t kChunk = 64;
constexpr std::int64_t kBatch = 64;

// n!/(n_1! ... n_k!), or more than kMostSplits.
std::int64_t CountSplits(const std::vector<std::int64_t>& sizes) {
  std::int64_t count = 1;
  std::int64_t placed = 0;
  for (const std::int64_t size : sizes) {
    for (std::int64_t k = 1; k <= size; ++k) {
      ++placed;
      // count * placed / k is a whole number at every step: binomials times what was counted before.
      count = count * placed / k;
      if (count > kMostSplits * 1000) return kMostSplits + 1;
    }
  }
  return count;
}

}  // namespace

ClusterSplits::ClusterSplits(std::vector<std::int32_t> observed, std::int32_t groups, std::int64_t draws,
                             std::int64_t seed, std::int64_t most)
    : observed_(std::move(observed)), sizes_(static_cast<std::size_t>(groups), 0), seed_(seed) {
  for (std::size_t cluster = 0; cluster < observed_.size(); ++cluster) {
    if (observed_[cluster] < 0) continue;
    members_.push_back(cluster);
    ++sizes_[static_cast<std::size_t>(observed_[cluster])];
  }
  count_ = CountSplits(sizes_);
  enumerated_ = count_ <= std::min(most, kMostSplits);
  if (!enumerated_) count_ = draws;
}

void ClusterSplits::Split(std::int64_t index, std::vector<std::int32_t>& groups) const {
  groups = observed_;
  if (!enumerated_) {
    // Fisher & Yates, from the end.
    for (std::size_t k = members_.size(); k-- > 1;) {
      const std::uint64_t word = numeric::RandomWords(seed_, index, static_cast<std::int64_t>(k))[0];
      std::swap(groups[members_[k]], groups[members_[static_cast<std::size_t>(word * (k + 1) >> 32U)]]);
    }
    return;
  }
  std::vector<std::int64_t> left = sizes_;
  std::int64_t splits = count_;
  auto remaining = static_cast<std::int64_t>(members_.size());
  for (const std::size_t member : members_) {
    for (std::size_t g = 0; g < left.size(); ++g) {
      // Of the splits left, those that put this cluster into group g.
      const std::int64_t with = splits * left[g] / remaining;
      if (index >= with) {
        index -= with;
        continue;
      }
      groups[member] = static_cast<std::int32_t>(g);
      splits = with;
      --left[g];
      break;
    }
    --remaining;
  }
}

Result<Permutations> Permute(const ClusterSplits& splits, std::size_t statistics, const SplitStatistic& compute,
                             bool keep_statistics, const Environment& environment) {
  std::vector<std::optional<double>> observed(statistics);
  FARRELL_RETURN_IF_ERROR(compute(splits.observed(), observed));
  Permutations result;
  if (keep_statistics) {
    result.statistics.resize(static_cast<Index>(splits.count()), static_cast<Index>(statistics));
  }
  std::vector<std::atomic<std::int64_t>> greater(statistics);
  std::vector<std::atomic<std::int64_t>> at_least(statistics);
  std::vector<std::atomic<std::int64_t>> undefined(statistics);
  const std::int64_t chunks = (splits.count() + kChunk - 1) / kChunk;
  std::vector<Status> failures(static_cast<std::size_t>(kBatch));
  for (std::int64_t start = 0; start < chunks; start += kBatch) {
    const std::int64_t batch = std::min(kBatch, chunks - start);
    const auto piece = [&](std::int64_t begin, std::int64_t end) {
      std::vector<std::int32_t> groups;
      std::vector<std::optional<double>> values(statistics);
      for (std::int64_t chunk = begin; chunk < end; ++chunk) {
        const std::int64_t first = (start + chunk) * kChunk;
        for (std::int64_t index = first; index < std::min(first + kChunk, splits.count()); ++index) {
          if (environment.stop.stop_requested()) return;
          splits.Split(index, groups);
          Status status = compute(groups, values);
          if (!status.ok()) {
            failures[static_cast<std::size_t>(chunk)] = std::move(status);
            break;
          }
          for (std::size_t k = 0; k < statistics; ++k) {
            const double value = values[k].value_or(kMostStatistic);
            if (keep_statistics) result.statistics(static_cast<Index>(index), static_cast<Index>(k)) = value;
            if (!observed[k]) continue;
            if (!values[k]) ++undefined[k];
            if (value > *observed[k] * (1.0 + kTie)) ++greater[k];
            if (value >= *observed[k] * (1.0 - kTie)) ++at_least[k];
          }
        }
      }
    };
    if (environment.parallel) {
      environment.parallel(batch, piece);
    } else {
      piece(0, batch);
    }
    if (environment.stop.stop_requested()) return Cancelled();
    for (const Status& failure : failures) FARRELL_RETURN_IF_ERROR(failure);
    if (environment.progress) {
      environment.progress(std::min((start + batch) * kChunk, splits.count()), splits.count());
    }
  }
  for (std::size_t k = 0; k < statistics; ++k) {
    PermutationTest& test = result.tests.emplace_back();
    test.statistic = observed[k];
    test.greater = greater[k];
    test.greater_or_equal = at_least[k];
    test.undefined = undefined[k];
    test.draws = splits.count();
    test.enumerated = splits.enumerated();
  }
  return result;
}

namespace {

// Least squares from normal equations, columns in order; columns that follow from earlier ones are left out.
class Equations {
 public:
  explicit Equations(const MatrixXd& square) : factor_(square), kept_(static_cast<std::size_t>(square.cols()), 0) {
    const Index size = square.cols();
    for (Index j = 0; j < size; ++j) {
      for (Index k = 0; k < j; ++k) {
        if (kept_[static_cast<std::size_t>(k)] == 0) continue;
        factor_.col(j).tail(size - j) -= factor_(j, k) * factor_.col(k).tail(size - j);
      }
      const double pivot = factor_(j, j);
      if (!(pivot > kRedundantPivot * square(j, j)) || !(pivot > kSmallest)) continue;
      kept_[static_cast<std::size_t>(j)] = 1;
      factor_.col(j).tail(size - j) /= std::sqrt(pivot);
    }
  }

  // The columns from `first` on are all identified.
  bool Identifies(Index first) const {
    return std::all_of(kept_.begin() + first, kept_.end(), [](char kept) { return kept != 0; });
  }

  // Coefficients of columns left out are zero.
  VectorXd Solve(const VectorXd& right) const {
    const Index size = right.size();
    VectorXd z = VectorXd::Zero(size);
    VectorXd rest = right;
    for (Index k = 0; k < size; ++k) {
      if (kept_[static_cast<std::size_t>(k)] == 0) continue;
      z(k) = rest(k) / factor_(k, k);
      rest.tail(size - k - 1) -= z(k) * factor_.col(k).tail(size - k - 1);
    }
    for (Index k = size; k-- > 0;) {
      if (kept_[static_cast<std::size_t>(k)] == 0) continue;
      double sum = z(k);
      for (Index j = k + 1; j < size; ++j) {
        if (kept_[static_cast<std::size_t>(j)] != 0) sum -= factor_(j, k) * z(j);
      }
      z(k) = sum / factor_(k, k);
    }
    return z;
  }

 private:
  // Columns of the basis have length one over all clusters: one shorter than this in a set is zero there.
  static constexpr double kSmallest = 1e-20;
  MatrixXd factor_;
  std::vector<char> kept_;
};

}  // namespace

Result<ClusterSlopes> ClusterSlopes::Make(const Fitted& pooled, const Levels& clusters, const MatrixXd& contrasts,
                                          const std::stop_token& stop) {
  if (!IsLeastSquares(pooled.estimator.kind)) {
    Violations violations;
    violations.Add("inferences", "a permutation needs a least-squares model; use cr3 or wild");
    return std::move(violations)
        .Finish("ESTIMATOR_INVALID", "clusters change places between groups in least-squares models only");
  }
  const Index columns = CrossedColumns(pooled, clusters) + pooled.parameters();
  const auto groups = static_cast<double>(clusters.count());
  const auto width = static_cast<double>(columns);
  if (width * (groups * width + static_cast<double>(pooled.observations())) > kMaxCells) {
    return FailedPrecondition("TOO_MANY_LEVELS", "effects with " + std::to_string(columns) +
                                                     " levels that cross the clusters do not fit in memory for every "
                                                     "cluster; combine their levels");
  }
  FARRELL_ASSIGN_OR_RETURN(const ClusterBasis basis, ClusterBasis::Make(pooled, clusters, stop));
  ClusterSlopes result;
  result.slopes_ = pooled.parameters();
  const MatrixXd transposed = contrasts.transpose();
  const MatrixXd rotated = pooled.solution.r.transpose().triangularView<Eigen::Lower>().solve(transposed);
  result.contrasts_ = rotated.transpose();
  for (const std::vector<Index>& rows : RowsByCluster(clusters)) {
    if (stop.stop_requested()) return Cancelled();
    const MatrixXd block = basis.q()(rows, Eigen::all);
    const VectorXd e = pooled.solution.residuals(rows);
    result.squares_.emplace_back(block.transpose() * block);
    result.products_.emplace_back(block.transpose() * e);
  }
  return result;
}

double ClusterSlopes::Work(double sets, double members, bool variances, bool jackknife) const {
  const auto width = static_cast<double>(products_.empty() ? 0 : products_.front().size());
  const auto count = static_cast<double>(contrasts_.rows());
  const double factor = width * width * width / 3.0 + width * width;
  // Small sets are what it takes to put them together.
  constexpr double kOverhead = 2000.0;
  double work = sets * (kOverhead + factor) + members * width * width;
  if (variances) work += jackknife ? members * factor : (sets + members) * count * width * width;
  return work;
}

std::vector<std::optional<ClusterSlopes::Slope>> ClusterSlopes::Fit(const std::vector<std::int32_t>& set,
                                                                    bool variances, bool jackknife) const {
  std::vector<std::optional<Slope>> slopes(static_cast<std::size_t>(contrasts_.rows()));
  if (set.empty() || (variances && set.size() < 2)) return slopes;
  const Index size = products_.front().size();
  const Index first = size - slopes_;
  MatrixXd square = MatrixXd::Zero(size, size);
  VectorXd product = VectorXd::Zero(size);
  for (const std::int32_t cluster : set) {
    square += squares_[static_cast<std::size_t>(cluster)];
    product += products_[static_cast<std::size_t>(cluster)];
  }
  const Equations equations(square);
  if (!equations.Identifies(first)) return slopes;
  const VectorXd coefficients = equations.Solve(product);
  const VectorXd deviations = contrasts_ * coefficients.tail(slopes_);
  VectorXd sums = VectorXd::Zero(contrasts_.rows());
  const auto count = static_cast<double>(set.size());
  if (variances && jackknife) {
    for (const std::int32_t cluster : set) {
      const auto c = static_cast<std::size_t>(cluster);
      const Equations rest(square - squares_[c]);
      if (!rest.Identifies(first)) return slopes;
      const VectorXd change = rest.Solve(product - products_[c]) - coefficients;
      // Levels that only this cluster has move freely; the regressors' coefficients do not depend on which are left
      // out.
      sums += (contrasts_ * change.tail(slopes_)).cwiseAbs2();
    }
    sums *= (count - 1.0) / count;
  } else if (variances) {
    // Loadings of every contrast on the scores: the columns of S^-1 that it combines.
    MatrixXd loadings(size, contrasts_.rows());
    for (Index m = 0; m < contrasts_.rows(); ++m) {
      VectorXd unit = VectorXd::Zero(size);
      unit.tail(slopes_) = contrasts_.row(m).transpose();
      loadings.col(m) = equations.Solve(unit);
    }
    for (const std::int32_t cluster : set) {
      const auto c = static_cast<std::size_t>(cluster);
      const VectorXd score = products_[c] - squares_[c] * coefficients;
      sums += (loadings.transpose() * score).cwiseAbs2();
    }
    sums *= count / (count - 1.0);
  }
  for (std::size_t m = 0; m < slopes.size(); ++m) {
    slopes[m] = Slope{deviations(static_cast<Index>(m)), sums(static_cast<Index>(m))};
  }
  return slopes;
}

namespace {

// Equality of the slopes of one contrast, one a group.
std::optional<double> EqualityStatistic(const std::vector<ClusterSlopes::Slope>& slopes, bool studentised) {
  double total = 0.0;
  double mean = 0.0;
  for (const ClusterSlopes::Slope& slope : slopes) {
    if (studentised && !(slope.variance > 0.0)) return std::nullopt;
    const double weight = studentised ? 1.0 / slope.variance : 1.0;
    total += weight;
    mean += weight * slope.deviation;
  }
  if (slopes.size() == 2) {
    const double difference = std::fabs(slopes[0].deviation - slopes[1].deviation);
    return studentised ? difference / std::sqrt(slopes[0].variance + slopes[1].variance) : difference;
  }
  mean /= total;
  double sum = 0.0;
  for (const ClusterSlopes::Slope& slope : slopes) {
    const double gap = slope.deviation - mean;
    sum += studentised ? gap * gap / slope.variance : gap * gap;
  }
  return sum;
}

}  // namespace

Result<Permutations> PermuteGroups(const ClusterSlopes& slopes, const std::vector<std::int32_t>& groups,
                                   std::int32_t group_count, const GroupPermutationSpec& spec,
                                   const Environment& environment) {
  const auto members = static_cast<double>(std::count_if(groups.begin(), groups.end(), [](auto g) { return g >= 0; }));
  const double work = slopes.Work(group_count, members, spec.studentised, spec.jackknife);
  const auto affordable = static_cast<std::int64_t>(std::min(kMostWork / work, static_cast<double>(kMostSplits)));
  const ClusterSplits splits(groups, group_count, spec.draws, spec.seed, std::min(spec.most_splits, affordable));
  const auto statistics = static_cast<std::size_t>(slopes.contrasts());
  const auto compute = [&](const std::vector<std::int32_t>& split, std::vector<std::optional<double>>& values) {
    std::vector<std::vector<std::int32_t>> sets(static_cast<std::size_t>(group_count));
    for (std::size_t cluster = 0; cluster < split.size(); ++cluster) {
      if (split[cluster] >= 0)
        sets[static_cast<std::size_t>(split[cluster])].push_back(static_cast<std::int32_t>(cluster));
    }
    std::vector<std::vector<ClusterSlopes::Slope>> by_contrast(statistics);
    for (const std::vector<std::int32_t>& set : sets) {
      const auto fits = slopes.Fit(set, spec.studentised, spec.jackknife);
      for (std::size_t m = 0; m < statistics; ++m) {
        if (fits[m]) by_contrast[m].push_back(*fits[m]);
      }
    }
    for (std::size_t m = 0; m < statistics; ++m) {
      values[m].reset();
      if (by_contrast[m].size() == sets.size()) values[m] = EqualityStatistic(by_contrast[m], spec.studentised);
    }
    return Status::Ok();
  };
  return Permute(splits, statistics, compute, spec.keep_statistics, environment);
}

std::vector<std::int32_t> GroupsOfClusters(const Levels& clusters, const Levels& groups) {
  constexpr std::int32_t kUnseen = -2;
  std::vector<std::int32_t> result(clusters.count(), kUnseen);
  for (std::size_t row = 0; row < clusters.ids.size(); ++row) {
    std::int32_t& group = result[static_cast<std::size_t>(clusters.ids[row])];
    if (group == kUnseen) group = groups.ids[row];
    if (group != groups.ids[row]) group = -1;
  }
  for (std::int32_t& group : result) group = std::max(group, -1);
  return result;
}

}  // namespace farrell::regression
