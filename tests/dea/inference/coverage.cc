#include "tests/dea/inference/coverage.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "tests/dea/inference/samples.h"

namespace farrell::dea::testing {
namespace {

Simulated Draw(const Design& design, std::uint64_t number) {
  if (design.periods > 1) {
    return SimulatePanel(number, design.units, design.periods, design.scale, design.persistence);
  }
  return Simulate(number + 1, design.units, design.inputs, design.scale, design.orientation);
}

RadialMeasure ReciprocalOf(Orientation orientation) {
  return orientation == Orientation::kInput ? RadialMeasure::kTheta : RadialMeasure::kInversePhi;
}

template <typename T>
T ValueOf(Result<T> result) {
  if (!result) throw std::runtime_error(result.status().ToString());
  return std::move(*result);
}

}  // namespace

Coverage ScoreCoverage(const Design& design, const BootstrapOptions& options, int samples) {
  Coverage coverage;
  BootstrapOptions current = options;
  const double weight = 1.0 / (static_cast<double>(design.units) * design.periods * samples);
  for (int number = 0; number < samples; ++number) {
    const Simulated simulated = Draw(design, static_cast<std::uint64_t>(number));
    current.seed = options.seed + number;
    const BootstrapResult result = ValueOf(RunBootstrap(simulated.sample, design.rts, design.orientation,
                                                        ReciprocalOf(design.orientation), current, {}, nullptr));
    for (std::size_t i = 0; i < result.intervals.size(); ++i) {
      const BootstrapInterval& interval = result.intervals[i];
      const double truth = simulated.distances[i];
      if (interval.distance_low <= truth && truth <= interval.distance_high) coverage.covered += weight;
      coverage.width += weight * (interval.distance_high - interval.distance_low);
      coverage.bias += weight * (interval.distance - truth);
      coverage.corrected_bias += weight * (interval.distance_corrected - truth);
      const auto better = std::count_if(simulated.distances.begin(), simulated.distances.end(),
                                        [&](double distance) { return distance < truth; });
      const auto rank = static_cast<double>(1 + better);
      if (interval.rank_low <= rank && rank <= interval.rank_high) coverage.ranks_covered += weight;
    }
  }
  return coverage;
}

MeanCoverage GroupMeanCoverage(const Design& design, const GroupMeanOptions& options, int samples) {
  MeanCoverage coverage;
  GroupMeanOptions current = options;
  for (int number = 0; number < samples; ++number) {
    Simulated first = Draw(design, 2 * static_cast<std::uint64_t>(number));
    Simulated second = Draw(design, 2 * static_cast<std::uint64_t>(number) + 1);
    for (std::int32_t& row : second.sample.rows) row += design.units;
    current.seed = options.seed + number;
    const GroupMeanResult result =
        ValueOf(RunGroupMeans({std::move(first.sample), std::move(second.sample)}, design.rts, design.orientation,
                              ReciprocalOf(design.orientation), current, {}, nullptr));
    const GroupMean& mean = result.means[0];
    if (mean.conf_low <= 0.75 && 0.75 <= mean.conf_high) coverage.covered += 1.0 / samples;
    coverage.width += (mean.conf_high - mean.conf_low) / samples;
    if (result.differences[0].p_value < 1 - options.confidence_level) coverage.rejected += 1.0 / samples;
  }
  return coverage;
}

ChangeCoverage MalmquistCoverage(int units, const MalmquistBootstrapOptions& options, int samples) {
  constexpr double kShift = 1.2;
  ChangeCoverage coverage;
  MalmquistBootstrapOptions current = options;
  const double weight = 1.0 / (static_cast<double>(units) * samples);
  const auto count = [&](const ChangeInterval& interval, double truth, double& covered) {
    if (interval.defined && interval.conf_low <= truth && truth <= interval.conf_high) covered += weight;
  };
  for (int number = 0; number < samples; ++number) {
    const SimulatedPeriods simulated = SimulatePeriods(static_cast<std::uint64_t>(number) * 31 + 7, units, kShift);
    current.seed = options.seed + number;
    const MalmquistBootstrapResult result = ValueOf(
        RunMalmquistBootstrap(simulated.data, ReturnsToScale::kCrs, Orientation::kOutput, current, {}, nullptr));
    for (std::size_t i = 0; i < result.intervals.size(); ++i) {
      const double change = simulated.efficiency_changes[i];
      count(result.intervals[i].index, change * kShift, coverage.index);
      count(result.intervals[i].efficiency_change, change, coverage.efficiency);
      count(result.intervals[i].technical_change, kShift, coverage.technical);
    }
  }
  return coverage;
}

double RtsRejections(const Design& design, const RtsTestOptions& options, int samples) {
  double rejected = 0;
  RtsTestOptions current = options;
  for (int number = 0; number < samples; ++number) {
    current.seed = options.seed + number;
    const Simulated simulated = Draw(design, static_cast<std::uint64_t>(number));
    if (ValueOf(RunRtsTests(simulated.sample, design.orientation, current, {}, nullptr)).front().rejected) {
      rejected += 1.0 / samples;
    }
  }
  return rejected;
}

}  // namespace farrell::dea::testing
