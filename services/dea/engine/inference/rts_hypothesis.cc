#include "services/dea/engine/inference/rts_hypothesis.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/numeric/quantile.h"
#include "services/dea/engine/inference/distances.h"
#include "services/dea/engine/inference/draws.h"
#include "services/dea/engine/inference/moments.h"

namespace farrell::dea {
namespace {

constexpr std::int64_t kMostReplications = 1'000'000;

// Below this relative difference a draw equals the statistic: both technologies coincide in the sample.
constexpr double kTie = 1e-12;

struct Tail {
  double critical_value;
  double p_value;
};

Tail UpperTail(std::vector<double> draws, double value, double confidence_level) {
  const double least = value - kTie * std::max(1.0, std::abs(value));
  const auto beyond = std::count_if(draws.begin(), draws.end(), [&](double draw) { return draw >= least; });
  std::sort(draws.begin(), draws.end());
  return {numeric::Quantile(draws, confidence_level),
          static_cast<double>(1 + beyond) / static_cast<double>(1 + draws.size())};
}

}  // namespace

void CheckRtsTestOptions(const RtsTestOptions& options, const std::string& prefix, Violations& violations) {
  if (options.null != ReturnsToScale::kCrs && options.null != ReturnsToScale::kNirs) {
    violations.Add(prefix + "null_hypothesis", "must be constant or non-increasing returns to scale");
  }
  if (options.replication_count < 2 || options.replication_count > kMostReplications) {
    violations.Add(prefix + "replication_count", "is " + std::to_string(options.replication_count) +
                                                     ": give a number in [2, 1000000], 2000 for most purposes");
  }
  if (!(options.confidence_level > 0 && options.confidence_level < 1)) {
    violations.Add(prefix + "confidence_level", "must be in (0, 1), e.g. 0.95");
  }
  const bool fixed = options.bandwidth_rule == BandwidthRule::kFixed;
  if (fixed && !(options.bandwidth > 0 && std::isfinite(options.bandwidth))) {
    violations.Add(prefix + "bandwidth", "must be positive and finite, or choose a rule");
  }
  if (!fixed && options.bandwidth != 0) {
    violations.Add(prefix + "bandwidth", "is read only with the fixed rule: leave it out or choose that rule");
  }
}

Result<RtsTest> RtsTest::Make(Sample sample, Orientation orientation, const RtsTestOptions& options,
                              const std::stop_token& stop) {
  RtsTest test;
  test.orientation_ = orientation;
  test.options_ = options;
  Status size = CheckSize(sample.size(), 1 + (options.units ? sample.evaluated.size() : 0), options.replication_count);
  if (!size.ok()) return size;
  if (!ScoreMembers(sample, options.null, orientation, test.null_distances_, stop) ||
      !ScoreMembers(sample, ReturnsToScale::kVrs, orientation, test.vrs_distances_, stop)) {
    return Cancelled();
  }
  const bool fixed = options.bandwidth_rule == BandwidthRule::kFixed;
  const Result<double> chosen =
      ChooseBandwidth(test.null_distances_, fixed ? BandwidthRule::kSilverman : options.bandwidth_rule, stop);
  if (!chosen) return chosen.status();
  test.bandwidth_ = fixed ? options.bandwidth : *chosen;
  test.smoother_.emplace(sample, test.null_distances_, options.smoothing, test.bandwidth_, options.by_unit);
  test.sample_ = std::move(sample);
  return test;
}

double RtsTest::Statistic(const std::vector<double>& null_distances, const std::vector<double>& vrs_distances) const {
  if (options_.statistic == RtsStatistic::kRatioOfMeans) return Mean(null_distances) / Mean(vrs_distances);
  std::vector<double> ratios(null_distances.size());
  for (std::size_t i = 0; i < ratios.size(); ++i) ratios[i] = null_distances[i] / vrs_distances[i];
  return Mean(ratios) - (options_.statistic == RtsStatistic::kMeanOfRatiosMinusOne ? 1 : 0);
}

bool RtsTest::Run(std::int64_t first, std::int64_t last, double* rows, const std::stop_token& stop,
                  const std::function<void(std::int64_t)>& done) const {
  const std::size_t count = sample_.size();
  DistanceScorer under_null(sample_.input_count, sample_.output_count, options_.null, orientation_);
  DistanceScorer under_vrs(sample_.input_count, sample_.output_count, ReturnsToScale::kVrs, orientation_);
  std::vector<double> drawn;
  std::vector<double> cells;
  std::vector<double> null_distances(count);
  std::vector<double> vrs_distances(count);
  for (std::int64_t replication = first; replication < last; ++replication) {
    if (stop.stop_requested()) return false;
    smoother_->Draw(options_.seed, replication, drawn);
    MoveToDistances(sample_, orientation_, null_distances_, drawn, cells);
    if (!under_null.Score(cells.data(), count, sample_.cells.data(), count, null_distances.data(), stop) ||
        !under_vrs.Score(cells.data(), count, sample_.cells.data(), count, vrs_distances.data(), stop)) {
      return false;
    }
    double* row = rows + static_cast<std::size_t>(replication - first) * row_length();
    row[0] = Statistic(null_distances, vrs_distances);
    if (options_.units) {
      for (std::size_t i = 0; i < sample_.evaluated.size(); ++i) {
        const auto member = static_cast<std::size_t>(sample_.evaluated[i]);
        row[1 + i] = null_distances[member] / vrs_distances[member];
      }
    }
    if (done) done(1);
  }
  return true;
}

Result<RtsTestResult> RtsTest::Finish(const std::vector<double>& draws, const std::stop_token& stop) const {
  RtsTestResult result;
  result.null = options_.null;
  result.bandwidth = bandwidth_;
  result.member_count = static_cast<std::int64_t>(sample_.size());
  result.replication_count = options_.replication_count;
  result.statistic = Statistic(null_distances_, vrs_distances_);
  std::vector<double> own(static_cast<std::size_t>(options_.replication_count));
  const auto take = [&](std::size_t column) {
    for (std::size_t replication = 0; replication < own.size(); ++replication) {
      own[replication] = draws[replication * row_length() + column];
    }
  };
  const double error = 1 - options_.confidence_level;
  take(0);
  const Tail tail = UpperTail(own, result.statistic, options_.confidence_level);
  result.critical_value = tail.critical_value;
  result.p_value = tail.p_value;
  result.rejected = tail.p_value < error;
  for (std::size_t i = 0; options_.units && i < sample_.evaluated.size(); ++i) {
    if (stop.stop_requested()) return Cancelled();
    const auto member = static_cast<std::size_t>(sample_.evaluated[i]);
    take(1 + i);
    RtsUnitTest unit;
    unit.ratio = null_distances_[member] / vrs_distances_[member];
    const Tail own_tail = UpperTail(own, unit.ratio, options_.confidence_level);
    unit.critical_value = own_tail.critical_value;
    unit.p_value = own_tail.p_value;
    unit.rejected = own_tail.p_value < error;
    result.units.push_back(unit);
  }
  return result;
}

Result<std::vector<RtsTestResult>> RunRtsTests(const Sample& sample, Orientation orientation,
                                               const RtsTestOptions& options, const std::stop_token& stop,
                                               const std::function<void(std::int64_t)>& done) {
  std::vector<RtsTestResult> results;
  RtsTestOptions current = options;
  while (true) {
    const Result<RtsTest> test = RtsTest::Make(sample, orientation, current, stop);
    if (!test) return test.status();
    std::vector<double> draws;
    if (!RunAll(*test, current.replication_count, draws, stop, done)) return Cancelled();
    Result<RtsTestResult> result = test->Finish(draws, stop);
    if (!result) return result.status();
    const bool next = current.null == ReturnsToScale::kCrs && result->rejected;
    results.push_back(std::move(*result));
    if (!next) return results;
    current.null = ReturnsToScale::kNirs;
  }
}

}  // namespace farrell::dea
