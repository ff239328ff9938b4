// Confidence intervals of the Malmquist index and its two parts: the bivariate smoothed bootstrap of Simar & Wilson
// (1999).
//
// With d(a, b) the score (theta or 1/phi) of period-a data on the frontier of period b:
//   efficiency change  EC = d(2,2) / d(1,1),
//   technical change   TC = sqrt( d(2,1) / d(2,2) * d(1,1) / d(1,2) ),      index M = EC TC   (> 1 is improvement).
//
// The distances (1 / d) of the N units observed in both periods, A and B, are drawn as pairs, so that a unit's
// inefficiency may persist. One replication:
//   a pair from the 4N rows of [A B; 2-A B; 2-A 2-B; A 2-B]; noise h e, e bivariate normal with the covariance matrix
//   of [A B], its off-diagonal sign changed for the second and fourth quarter; both columns shrunk about the means of
//   the drawn pairs by 1 / sqrt(1 + h^2); values below 1 reflected to 2 - value; both samples moved to the drawn
//   distances; the original points measured against both new frontiers.
// h = (4 / (5N))^(1/6) by default. A unit observed in one period only spans that period's frontier, with the distance
// of a drawn pair that belongs to it.
//
// bias = mean(draws) - estimate; corrected = estimate - bias; interval: quantiles (type 7) of 2 estimate - draw.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/dea/engine/inference/distances.h"
#include "services/dea/engine/model.h"

namespace farrell::dea {

// Two periods of a panel. Cells are row-major: inputs then outputs. Codes name the random draws of a unit; they are
// distinct over all three lists and >= 0.
struct TwoPeriods {
  int input_count = 0;
  int output_count = 0;
  std::vector<std::int32_t> matched;  // units observed in both periods
  std::vector<double> first;          // of the matched units, in their order
  std::vector<double> second;
  std::vector<std::int32_t> first_only;  // units that span one frontier only
  std::vector<double> first_only_cells;
  std::vector<std::int32_t> second_only;
  std::vector<double> second_only_cells;

  std::size_t dimension() const {
    return static_cast<std::size_t>(input_count) + static_cast<std::size_t>(output_count);
  }
};

struct MalmquistBootstrapOptions {
  std::int64_t replication_count = 2000;  // [2, 1000000]
  std::int64_t seed = 0;
  double confidence_level = 0.95;  // (0, 1)
  double bandwidth = 0;            // > 0; 0: (4 / (5N))^(1/6)
};

// Adds a violation for every option out of range; field paths begin with `prefix`.
void CheckMalmquistBootstrapOptions(const MalmquistBootstrapOptions& options, const std::string& prefix,
                                    Violations& violations);

// One change of one unit.
struct ChangeInterval {
  // False where a distance behind the estimate, or behind every draw, has no value; then nothing else is set.
  bool defined = false;
  double estimate = 0;
  double bias = 0;
  double bias_error = 0;  // Monte Carlo standard error of the bias
  double corrected = 0;
  double conf_low = 0;  // may be negative: the interval is symmetric to the percentiles
  double conf_high = 0;
  bool significant = false;  // 1 is outside the interval
  // Draws without a value: a new frontier does not dominate the unit's other period.
  std::int64_t undominated_count = 0;
};

struct MalmquistInterval {
  ChangeInterval index;
  ChangeInterval efficiency_change;
  ChangeInterval technical_change;
};

struct MalmquistBootstrapResult {
  double bandwidth = 0;
  std::vector<MalmquistInterval> intervals;  // as TwoPeriods::matched
};

// The bootstrap of one pair of periods. Immutable once made; any number of threads may run disjoint replications.
class MalmquistBootstrap {
 public:
  // Options must have passed CheckMalmquistBootstrapOptions. rts: of all distances; the index of 1999 has kCrs.
  //
  // Errors: FAILED_PRECONDITION SAMPLE_TOO_SMALL (fewer than two matched units), NO_INEFFICIENT_UNIT (all efficient in
  // both periods), those of CheckSize; CANCELLED.
  static Result<MalmquistBootstrap> Make(TwoPeriods data, ReturnsToScale rts, Orientation orientation,
                                         const MalmquistBootstrapOptions& options, const std::stop_token& stop);

  std::size_t unit_count() const { return data_.matched.size(); }
  double bandwidth() const { return bandwidth_; }
  std::int64_t replication_count() const { return options_.replication_count; }
  // Numbers drawn by one replication: the index, efficiency and technical change of each unit; 0 has no value.
  std::size_t row_length() const { return 3 * unit_count(); }
  std::size_t draw_count() const { return row_length() * static_cast<std::size_t>(replication_count()); }

  // Draws replications [first, last), a row each, into `rows`, which points at the first of them. Calls `done` after
  // each, if set. False when stopped.
  bool Run(std::int64_t first, std::int64_t last, double* rows, const std::stop_token& stop,
           const std::function<void(std::int64_t replications)>& done) const;

  // From all draws. Errors: CANCELLED.
  Result<MalmquistBootstrapResult> Finish(const std::vector<double>& draws, const std::stop_token& stop) const;

  // The drawn distances of one replication: of `matched` then of the units of that period only.
  struct Drawn {
    std::vector<double> first;
    std::vector<double> second;
  };
  void Draw(std::int64_t replication, Drawn& drawn) const;

 private:
  MalmquistBootstrap() = default;
  bool Changes(DistanceScorer& scorer, const std::vector<double>& first_frontier,
               const std::vector<double>& second_frontier, double* changes, const std::stop_token& stop) const;
  ChangeInterval Summarise(double estimate, std::vector<double> draws) const;

  TwoPeriods data_;
  ReturnsToScale rts_ = ReturnsToScale::kCrs;
  Orientation orientation_ = Orientation::kInput;
  MalmquistBootstrapOptions options_;
  double bandwidth_ = 0;
  std::vector<double> first_cells_;  // everybody who spans the first frontier, matched units in front
  std::vector<double> second_cells_;
  std::vector<double> first_distances_;  // of first_cells_
  std::vector<double> second_distances_;
  std::vector<double> points_;     // matched units in the first, then in the second period
  std::vector<double> estimates_;  // index, efficiency and technical change of each unit
  double first_deviation_ = 0;
  double second_deviation_ = 0;
  double correlation_ = 0;
};

// Make, Run and Finish on the calling thread.
Result<MalmquistBootstrapResult> RunMalmquistBootstrap(TwoPeriods data, ReturnsToScale rts, Orientation orientation,
                                                       const MalmquistBootstrapOptions& options,
                                                       const std::stop_token& stop,
                                                       const std::function<void(std::int64_t replications)>& done);

}  // namespace farrell::dea
