// Permutation of whole clusters between groups.
//
// If groups do not matter, every way of giving the clusters to groups of the observed sizes is as likely as any other.
// The raw difference of two coefficients is exact for that null of equal distributions only; divided by its
// cluster-robust standard error it is also valid, with many clusters, for equal coefficients with unequal variances
// (Chung & Romano 2013; DiCiccio & Romano 2017). All splits are taken when there are no more than kMostSplits and they
// cost no more than kMostWork, else random ones.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "common/status/status.h"
#include "services/regression/engine/environment.h"
#include "services/regression/engine/fitted.h"
#include "services/regression/engine/levels.h"

namespace farrell::regression {

inline constexpr std::int64_t kMostSplits = 1000000;
// Multiplications of an enumeration, ten to twenty seconds of one processor.
inline constexpr double kMostWork = 2e10;

// The ways of giving clusters to groups of fixed sizes.
class ClusterSplits {
 public:
  // `observed`: group of every cluster, in [0, groups), or -1 for clusters that stay out. All splits where there are no
  // more than `most`, in [0, kMostSplits], else `draws` >= 1 random ones.
  ClusterSplits(std::vector<std::int32_t> observed, std::int32_t groups, std::int64_t draws, std::int64_t seed,
                std::int64_t most = kMostSplits);

  std::int64_t count() const { return count_; }
  bool enumerated() const { return enumerated_; }
  std::int32_t groups() const { return static_cast<std::int32_t>(sizes_.size()); }
  const std::vector<std::int32_t>& observed() const { return observed_; }
  // Groups of the clusters under split `index` in [0, count).
  void Split(std::int64_t index, std::vector<std::int32_t>& groups) const;

 private:
  std::vector<std::int32_t> observed_;
  // Clusters that take part, and clusters of every group.
  std::vector<std::size_t> members_;
  std::vector<std::int64_t> sizes_;
  std::int64_t count_ = 0;
  std::int64_t seed_ = 0;
  bool enumerated_ = false;
};

struct PermutationTest {
  // Of the observed split; unset when it is not defined there, counts are then 0.
  std::optional<double> statistic;
  // Splits with a statistic > and >= the observed one; ties at relative 1e-10. Splits where it is not defined count as
  // larger.
  std::int64_t greater = 0;
  std::int64_t greater_or_equal = 0;
  std::int64_t undefined = 0;
  std::int64_t draws = 0;
  bool enumerated = false;

  // The observed split is one of those enumerated, and one more beside those drawn (Phipson & Smyth 2010).
  double p_value() const {
    const double more = enumerated ? 0.0 : 1.0;
    return (static_cast<double>(greater_or_equal) + more) / (static_cast<double>(draws) + more);
  }
};

struct Permutations {
  // One a statistic.
  std::vector<PermutationTest> tests;
  // With keep_statistics: splits x statistics, NaN-free: the largest number where not defined. For step-down
  // adjustment.
  Eigen::MatrixXd statistics;
};

// Any statistics, large against the null: `compute` fills one value a statistic, unset where not defined; it is called
// from several threads at once. CANCELLED; errors of `compute`, the first in the order of splits.
using SplitStatistic =
    std::function<Status(const std::vector<std::int32_t>& groups, std::vector<std::optional<double>>&)>;
Result<Permutations> Permute(const ClusterSplits& splits, std::size_t statistics, const SplitStatistic& compute,
                             bool keep_statistics, const Environment& environment);

// Coefficients of any set of clusters fitted by itself, effects included, from cross-products by cluster: [L Q] with
// the levels L of crossed effects beside the regressors, nested effects taken out, and the residuals of the pooled fit.
// A coefficient of a set less that of the pooled fit is the coefficient of those residuals.
class ClusterSlopes {
 public:
  // `contrasts`: m x K, over the coefficients estimated. Least squares only (ESTIMATOR_INVALID); TOO_MANY_LEVELS where
  // the crossed levels squared, for every cluster, do not fit in memory.
  // CANCELLED.
  static Result<ClusterSlopes> Make(const Fitted& pooled, const Levels& clusters, const Eigen::MatrixXd& contrasts,
                                    const std::stop_token& stop = {});

  Eigen::Index contrasts() const { return contrasts_.rows(); }
  // Multiplications that Fit takes for `sets` sets of `members` clusters in all, about.
  double Work(double sets, double members, bool variances, bool jackknife) const;
  // Contrast less the pooled one, and its variance with the clusters of the set: CR1 with G/(G-1) alone, or CR3 with
  // (G-1)/G. Unset: a contrast is not identified in the set, or without one of its clusters (CR3); fewer than two
  // clusters.
  struct Slope {
    double deviation = 0.0;
    double variance = 0.0;
  };
  std::vector<std::optional<Slope>> Fit(const std::vector<std::int32_t>& set, bool variances, bool jackknife) const;

 private:
  Eigen::Index slopes_ = 0;
  // m x K in the coordinates of Q.
  Eigen::MatrixXd contrasts_;
  // By cluster: [L Q]'[L Q] and [L Q]'e.
  std::vector<Eigen::MatrixXd> squares_;
  std::vector<Eigen::VectorXd> products_;
};

struct GroupPermutationSpec {
  // Random splits where not all are taken; [1, 999999].
  std::int64_t draws = 9999;
  std::int64_t seed = 0;
  // Statistic of two groups: |b_a - b_b|, studentised: over sqrt(v_a + v_b). Of more: sum of (b_g - mean)^2,
  // studentised: Cochran's Q = sum of (b_g - b)^2 / v_g around the mean b weighted by 1 / v_g.
  bool studentised = true;
  // CR3 in place of CR1 variances.
  bool jackknife = false;
  bool keep_statistics = false;
  // Splits up to which all are taken, [0, kMostSplits].
  std::int64_t most_splits = kMostSplits;
};

// One test a contrast of `slopes`, all with the same splits. `groups`: group of every cluster in [0, group_count), -1:
// not compared. Equality of all groups; give two groups for a pair.
Result<Permutations> PermuteGroups(const ClusterSlopes& slopes, const std::vector<std::int32_t>& groups,
                                   std::int32_t group_count, const GroupPermutationSpec& spec,
                                   const Environment& environment);

// Group of every cluster: that of its rows; -1 where its rows lie in several.
std::vector<std::int32_t> GroupsOfClusters(const Levels& clusters, const Levels& groups);

}  // namespace farrell::regression
