// Is the technology of constant (or non-increasing) returns to scale? The bootstrap test of Simar & Wilson (2002).
//
// With d0 and dv the distances (>= 1) under the null technology and under variable returns, d0 >= dv, a statistic says
// how much the null technology exaggerates; it is large where the null is false. Under the null the members' distances
// d0 are drawn anew (smoother.h), the sample is moved to them, and the original points are measured against the new
// frontiers of both technologies.
//   p = (1 + number of draws >= the statistic) / (1 + number of draws);
// the null is rejected where p < 1 - confidence level. The critical value is the quantile (type 7) of the draws at the
// confidence level.
//
// The draws assume that d0 is distributed alike all along the frontier, as seen in the chosen orientation. Where it is
// not, a true null is rejected too often - always, for 60 units with inefficiency independent of the input but tested
// in the input orientation - so the orientation is part of the question.
//
// The order of testing (Simar & Wilson 2002): constant against variable returns; only where that is rejected,
// non-increasing against variable returns. RunRtsTests does both.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/dea/engine/inference/bandwidth.h"
#include "services/dea/engine/inference/sample.h"
#include "services/dea/engine/inference/smoother.h"
#include "services/dea/engine/model.h"

namespace farrell::dea {

enum class RtsStatistic : std::uint8_t {
  kRatioOfMeans,          // mean(d0) / mean(dv) (Simar & Wilson 2002)
  kMeanOfRatios,          // mean(d0 / dv) (Simar & Wilson 2002)
  kMeanOfRatiosMinusOne,  // mean(d0 / dv) - 1 (Simar & Wilson 2011); the same test
};

struct RtsTestOptions {
  ReturnsToScale null = ReturnsToScale::kCrs;  // kCrs or kNirs
  RtsStatistic statistic = RtsStatistic::kRatioOfMeans;
  std::int64_t replication_count = 2000;  // [2, 1000000]
  std::int64_t seed = 0;
  double confidence_level = 0.95;  // (0, 1)
  Smoothing smoothing = Smoothing::kReflectedSet;
  BandwidthRule bandwidth_rule = BandwidthRule::kSilverman;
  double bandwidth = 0;  // > 0; only with BandwidthRule::kFixed
  bool by_unit = false;  // rows of one unit are drawn together
  bool units = false;    // also test every scored unit's own ratio d0 / dv
};

// Adds a violation for every option out of range; field paths begin with `prefix`.
void CheckRtsTestOptions(const RtsTestOptions& options, const std::string& prefix, Violations& violations);

// Whether the null holds at the point of one scored unit. Many units mean many tests: nothing is adjusted for that.
struct RtsUnitTest {
  double ratio = 1;  // d0 / dv
  double critical_value = 1;
  double p_value = 1;
  bool rejected = false;
};

struct RtsTestResult {
  ReturnsToScale null = ReturnsToScale::kCrs;
  double statistic = 0;
  double critical_value = 0;  // above it the null is rejected
  double p_value = 1;
  bool rejected = false;
  double bandwidth = 0;
  std::int64_t member_count = 0;
  std::int64_t replication_count = 0;
  std::vector<RtsUnitTest> units;  // as Sample::evaluated; empty unless asked for
};

// The test on one reference set. Immutable once made; any number of threads may run disjoint replications.
class RtsTest {
 public:
  // Options must have passed CheckRtsTestOptions. Errors: FAILED_PRECONDITION NO_INEFFICIENT_UNIT (under the null),
  // those of CheckSize; CANCELLED.
  static Result<RtsTest> Make(Sample sample, Orientation orientation, const RtsTestOptions& options,
                              const std::stop_token& stop);

  std::int64_t replication_count() const { return options_.replication_count; }
  // Numbers drawn by one replication: the statistic, then the ratios of the scored units where asked for.
  std::size_t row_length() const { return 1 + (options_.units ? sample_.evaluated.size() : 0); }
  std::size_t draw_count() const { return row_length() * static_cast<std::size_t>(replication_count()); }

  // Draws replications [first, last), a row each, into `rows`, which points at the first of them. Calls `done` after
  // each, if set. False when stopped.
  bool Run(std::int64_t first, std::int64_t last, double* rows, const std::stop_token& stop,
           const std::function<void(std::int64_t replications)>& done) const;

  // From all draws. Errors: CANCELLED.
  Result<RtsTestResult> Finish(const std::vector<double>& draws, const std::stop_token& stop) const;

 private:
  RtsTest() = default;
  double Statistic(const std::vector<double>& null_distances, const std::vector<double>& vrs_distances) const;

  Sample sample_;
  Orientation orientation_ = Orientation::kInput;
  RtsTestOptions options_;
  std::vector<double> null_distances_;
  std::vector<double> vrs_distances_;
  std::optional<DistanceSmoother> smoother_;
  double bandwidth_ = 0;
};

// Make, Run and Finish on the calling thread: the test of options.null and, where that is kCrs and rejected, of kNirs.
Result<std::vector<RtsTestResult>> RunRtsTests(const Sample& sample, Orientation orientation,
                                               const RtsTestOptions& options, const std::stop_token& stop,
                                               const std::function<void(std::int64_t replications)>& done);

}  // namespace farrell::dea
