// Bias and confidence intervals of radial scores: the smoothed bootstrap of Simar & Wilson (1998) and the subsampling
// of Kneip, Simar & Wilson (2008).
//
// Both work on the distance d >= 1 (1/theta or phi) of each scored member of one reference set. A replication makes a
// frontier and measures the original points against it: d*.
//
// Smoothed (homogeneous: the distribution of distances is the same at every point of the frontier): the members are
// moved to distances drawn from a smooth density (smoother.h); all of them span the new frontier.
//   bias = mean(d*) - d; corrected = d - bias.
//
// Subsampling: m < n members, drawn with or without replacement, span the new frontier. With the rate g = 2 / (p + q +
// 1), or 2 / (p + q) under constant returns, the distribution of n^g (d / delta - 1), delta the true distance, is that
// of m^g (d* / d - 1):
//   bias = (m / n)^g (mean(d*) - d); plausible values of delta: d / (1 + (m / n)^g (d* / d - 1)).
// Where no point of the new technology dominates a point, d* = 0, the worst a distance can be, both for the bias and
// for the interval, unless such draws are left out; they are counted. Left out, intervals of units at the edge of the
// data are too short: the coverage benchmark shows how much.
//
// Quantiles are of type 7 (Hyndman & Fan 1996) over all replications, taken in the distance; the ends are then mapped,
// and swapped, into the measure of the row.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/dea/engine/inference/bandwidth.h"
#include "services/dea/engine/inference/distances.h"
#include "services/dea/engine/inference/sample.h"
#include "services/dea/engine/inference/smoother.h"
#include "services/dea/engine/model.h"

namespace farrell::dea {

enum class BootstrapMethod : std::uint8_t {
  kSmoothed,     // Simar & Wilson (1998)
  kSubsampling,  // Kneip, Simar & Wilson (2008)
};

// The interval of the smoothed bootstrap from its draws d*.
enum class IntervalKind : std::uint8_t {
  kBasic,           // quantiles of 2 d - d*
  kPercentile,      // quantiles of d*: not shifted for the bias, so it need not contain the true value
  kPercentileBias,  // quantiles of d* - 2 bias (Simar & Wilson 1998)
};

// What becomes of a draw in which a subsample does not dominate a point.
enum class UndominatedDraws : std::uint8_t { kZeroDistance, kLeaveOut };

struct BootstrapOptions {
  BootstrapMethod method = BootstrapMethod::kSmoothed;
  std::int64_t replication_count = 2000;  // [2, 1000000]
  std::int64_t seed = 0;
  double confidence_level = 0.95;  // (0, 1)
  // Rows of one unit are drawn together (needs Sample::units); n and m then count units.
  bool by_unit = false;
  bool ranks = false;

  // Smoothed.
  Smoothing smoothing = Smoothing::kReflectedSet;
  IntervalKind interval = IntervalKind::kBasic;
  BandwidthRule bandwidth_rule = BandwidthRule::kSilverman;
  double bandwidth = 0;  // > 0; only with BandwidthRule::kFixed

  // Subsampling.
  std::int64_t subsample_size = 0;  // m in [1, n - 1]; 0: n to the power `subsample_exponent`, rounded down
  double subsample_exponent = 0.7;  // (0, 1)
  bool with_replacement = true;     // false: every member at most once (Politis & Romano 1994)
  UndominatedDraws undominated = UndominatedDraws::kZeroDistance;
};

// Adds a violation for every option out of range; field paths begin with `prefix`, e.g. "bootstrap.".
void CheckBootstrapOptions(const BootstrapOptions& options, const std::string& prefix, Violations& violations);

// Everything about one scored member.
struct BootstrapInterval {
  // In the distance, conf_low <= conf_high.
  double distance = 1;
  double distance_bias = 0;        // <= 0
  double distance_bias_error = 0;  // Monte Carlo standard error of the bias
  double distance_deviation = 0;   // standard deviation of the estimate, from the draws
  double distance_corrected = 1;
  double distance_low = 1;
  double distance_high = 1;
  // In the measure of the row; corrected = score - bias.
  double score = 1;
  double bias = 0;
  double corrected = 1;
  double conf_low = 1;
  double conf_high = 1;
  // The corrected value is not a score of its kind: theta or 1/phi outside (0, 1], phi below 1. Never clipped.
  bool corrected_outside = false;
  // Correcting doubles the estimate's noise: bias^2 < 3 deviation^2, where it raises the mean squared error.
  bool correction_noisy = false;
  // Draws in which the subsample did not dominate the point.
  std::int64_t undominated_count = 0;
  // Only with BootstrapOptions::ranks: interval of the rank among the scored members, 1 = smallest distance, over the
  // plausible values of all distances in each replication (ties share the better rank); and how often it was 1.
  double rank_low = 0;
  double rank_high = 0;
  double best_share = 0;
};

struct BootstrapResult {
  double bandwidth = 0;                      // smoothed
  std::int64_t sample_size = 0;              // n
  std::int64_t subsample_size = 0;           // subsampling: m
  double rate = 0;                           // subsampling: g
  std::vector<BootstrapInterval> intervals;  // as Sample::evaluated
};

// The bootstrap of one reference set. Immutable once made; any number of threads may run disjoint replications.
class ScoreBootstrap {
 public:
  // Scores the sample and chooses the bandwidth. Options must have passed CheckBootstrapOptions; rts is not
  // generalized.
  //
  // Errors: FAILED_PRECONDITION NO_INEFFICIENT_UNIT (smoothed: nothing to draw from), SAMPLE_TOO_SMALL (subsampling: n
  // <= m or n < 2), those of CheckSize; CANCELLED.
  static Result<ScoreBootstrap> Make(Sample sample, ReturnsToScale rts, Orientation orientation, RadialMeasure measure,
                                     const BootstrapOptions& options, const std::stop_token& stop);

  std::size_t evaluated_count() const { return sample_.evaluated.size(); }
  std::int64_t replication_count() const { return options_.replication_count; }
  // Numbers drawn by one replication: a distance of every scored member.
  std::size_t row_length() const { return evaluated_count(); }
  std::size_t draw_count() const { return row_length() * static_cast<std::size_t>(replication_count()); }

  // Draws replications [first, last), a row each, into `rows`, which points at the first of them. Calls `done` after
  // each, if set. False when stopped.
  bool Run(std::int64_t first, std::int64_t last, double* rows, const std::stop_token& stop,
           const std::function<void(std::int64_t replications)>& done) const;

  // From all draws. Errors: CANCELLED.
  Result<BootstrapResult> Finish(const std::vector<double>& draws, const std::stop_token& stop) const;

 private:
  ScoreBootstrap() = default;
  void DrawSubsample(std::int64_t replication, std::vector<double>& cells) const;

  double PlausibleDistance(double estimate, double bias, double draw) const;
  BootstrapInterval Summarise(double estimate, std::vector<double> draws) const;
  bool AddRanks(const std::vector<double>& draws, std::vector<BootstrapInterval>& intervals,
                const std::stop_token& stop) const;

  Sample sample_;
  ReturnsToScale rts_ = ReturnsToScale::kVrs;
  Orientation orientation_ = Orientation::kInput;
  RadialMeasure measure_ = RadialMeasure::kTheta;
  BootstrapOptions options_;
  std::vector<double> distances_;
  std::vector<double> points_;
  std::optional<DistanceSmoother> smoother_;
  double bandwidth_ = 0;
  std::int64_t sample_size_ = 0;
  std::int64_t subsample_size_ = 0;
  double rate_ = 0;
  double factor_ = 1;  // of d* - d, to make it a deviation at size n
};

// Make, Run and Finish on the calling thread.
Result<BootstrapResult> RunBootstrap(Sample sample, ReturnsToScale rts, Orientation orientation, RadialMeasure measure,
                                     const BootstrapOptions& options, const std::stop_token& stop,
                                     const std::function<void(std::int64_t replications)>& done);

// The exponent of n at which distances converge: 2 / (p + q + 1), or 2 / (p + q) under constant returns (Kneip, Park &
// Simar 1998; Park, Jeong & Simar 2010). NIRS and NDRS technologies converge at the slower rate.
double ConvergenceRate(int input_count, int output_count, ReturnsToScale rts);

}  // namespace farrell::dea
