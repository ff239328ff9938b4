// Mean efficiency of groups of units: intervals that know that the scores are estimates, and the test of equal means.
//
// A mean of n DEA scores is biased by order n^-k, k = ConvergenceRate: more than its standard deviation shrinks where k
// < 1/2, and never to be neglected (Kneip, Simar & Wilson 2015). So, for each group against its own frontier:
//   bias     the generalised jackknife: the group is split at random in two halves, each scored against itself;
//            B = (mean over both halves - mean) / (2^k - 1), averaged over many splits;
//   variance of the scores, divisor n (Kneip, Simar & Wilson 2015), or that plus B^2 (Simar & Zelenyuk 2020);
//   k >= 1/2 mean - B +- z sd / sqrt(n);
//   k < 1/2  the mean of a random n_k = floor(n^(2k)) of the scores - B +- z sd / sqrt(n_k).
// Equal means of two independent groups (Kneip, Simar & Wilson 2016): the difference of the two centres over the root
// of the sum of the two squared standard errors is standard normal. Groups are samples of their own, so their frontiers
// are never pooled; every member counts once, and members are taken as independent.
//
// The plain t-test (Welch 1947) of the same scores, as if they were data, is there for comparison only.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/dea/engine/inference/distances.h"
#include "services/dea/engine/inference/sample.h"
#include "services/dea/engine/model.h"

namespace farrell::dea {

enum class GroupMeanMethod : std::uint8_t { kCentralLimit, kWelch };

enum class MeanRule : std::uint8_t {
  kByRate,  // as above
  // All n scores also where k < 1/2: allowed for p + q <= 4, or 5 under constant returns, where what is neglected still
  // vanishes faster than the standard deviation (Kneip, Simar & Wilson 2015, theorem 4.1).
  kAllScores,
};

enum class VarianceRule : std::uint8_t { kPlain, kBiasCorrected };

struct GroupMeanOptions {
  GroupMeanMethod method = GroupMeanMethod::kCentralLimit;
  std::int64_t split_count = 100;  // random splits of the jackknife; [1, 100000]
  std::int64_t seed = 0;
  double confidence_level = 0.95;  // (0, 1)
  MeanRule mean = MeanRule::kByRate;
  VarianceRule variance = VarianceRule::kPlain;
};

// Adds a violation for every option out of range, and for technologies other than kCrs and kVrs; field paths begin with
// `prefix`.
void CheckGroupMeanOptions(const GroupMeanOptions& options, int input_count, int output_count, ReturnsToScale rts,
                           const std::string& prefix, Violations& violations);

// In the measure of the scores.
struct GroupMean {
  std::int64_t member_count = 0;  // n
  std::int64_t mean_count = 0;    // scores behind the centre: n or n_k
  double mean = 0;                // of all n scores
  double bias = 0;                // B; kWelch: 0
  double bias_error = 0;          // Monte Carlo standard error of B over the splits
  double corrected = 0;           // centre of the interval
  double standard_error = 0;
  double conf_low = 0;
  double conf_high = 0;
};

// Group `first` less group `second`.
struct GroupDifference {
  std::size_t first = 0;
  std::size_t second = 0;
  double difference = 0;  // of the centres
  double standard_error = 0;
  double statistic = 0;
  double degrees_of_freedom = 0;  // kWelch (Satterthwaite 1946); infinite otherwise
  double p_value = 1;             // two-sided
  double conf_low = 0;
  double conf_high = 0;
};

struct GroupMeanResult {
  double rate = 0;  // k
  std::vector<GroupMean> means;
  std::vector<GroupDifference> differences;  // all pairs, first < second, in order
};

// Immutable once made; any number of threads may run disjoint splits.
class GroupMeans {
 public:
  // Options must have passed CheckGroupMeanOptions. Errors: FAILED_PRECONDITION SAMPLE_TOO_SMALL (a group of fewer than
  // four members), those of CheckSize; CANCELLED.
  static Result<GroupMeans> Make(std::vector<Sample> groups, ReturnsToScale rts, Orientation orientation,
                                 RadialMeasure measure, const GroupMeanOptions& options, const std::stop_token& stop);

  std::int64_t split_count() const;
  // Numbers drawn by one split: a B for each group.
  std::size_t row_length() const { return groups_.size(); }
  std::size_t draw_count() const { return row_length() * static_cast<std::size_t>(split_count()); }

  // Draws splits [first, last), a row each, into `rows`, which points at the first of them. Calls `done` after each, if
  // set. False when stopped.
  bool Run(std::int64_t first, std::int64_t last, double* rows, const std::stop_token& stop,
           const std::function<void(std::int64_t splits)>& done) const;

  // From all draws.
  GroupMeanResult Finish(const std::vector<double>& draws) const;

 private:
  GroupMeans() = default;
  bool HalvesMean(std::size_t group, std::int64_t split, DistanceScorer& scorer, double& mean,
                  const std::stop_token& stop) const;
  GroupMean Summarise(std::size_t group, const std::vector<double>& biases) const;
  GroupDifference Compare(const std::vector<GroupMean>& means, std::size_t first, std::size_t second) const;

  std::vector<Sample> groups_;
  ReturnsToScale rts_ = ReturnsToScale::kVrs;
  Orientation orientation_ = Orientation::kInput;
  RadialMeasure measure_ = RadialMeasure::kTheta;
  GroupMeanOptions options_;
  double rate_ = 0;
  std::vector<std::vector<double>> scores_;  // of each group's members
};

// Make, Run and Finish on the calling thread.
Result<GroupMeanResult> RunGroupMeans(std::vector<Sample> groups, ReturnsToScale rts, Orientation orientation,
                                      RadialMeasure measure, const GroupMeanOptions& options,
                                      const std::stop_token& stop,
                                      const std::function<void(std::int64_t splits)>& done);

}  // namespace farrell::dea
