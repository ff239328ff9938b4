#include "services/dea/engine/inference/malmquist_bootstrap.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/numeric/elementary.h"
#include "common/numeric/quantile.h"
#include "services/dea/engine/inference/draws.h"
#include "services/dea/engine/inference/moments.h"

namespace farrell::dea {
namespace {

constexpr std::int64_t kMostReplications = 1'000'000;

std::vector<double> Join(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> joined = a;
  joined.insert(joined.end(), b.begin(), b.end());
  return joined;
}

// Both periods have the form of a sample, scored against themselves.
Sample FrontierSample(const TwoPeriods& data, const std::vector<double>& cells) {
  return MakeSample(data.input_count, data.output_count, cells);
}

}  // namespace

void CheckMalmquistBootstrapOptions(const MalmquistBootstrapOptions& options, const std::string& prefix,
                                    Violations& violations) {
  if (options.replication_count < 2 || options.replication_count > kMostReplications) {
    violations.Add(prefix + "replication_count", "is " + std::to_string(options.replication_count) +
                                                     ": give a number in [2, 1000000], 2000 for most purposes");
  }
  if (!(options.confidence_level > 0 && options.confidence_level < 1)) {
    violations.Add(prefix + "confidence_level", "must be in (0, 1), e.g. 0.95");
  }
  if (!(options.bandwidth >= 0 && std::isfinite(options.bandwidth))) {
    violations.Add(prefix + "bandwidth", "must be positive and finite, or 0 for the rule");
  }
}

Result<MalmquistBootstrap> MalmquistBootstrap::Make(TwoPeriods data, ReturnsToScale rts, Orientation orientation,
                                                    const MalmquistBootstrapOptions& options,
                                                    const std::stop_token& stop) {
  const std::size_t count = data.matched.size();
  if (count < 2) {
    return FailedPrecondition("SAMPLE_TOO_SMALL",
                              "the Malmquist bootstrap needs at least two units observed in both "
                              "periods, there are " +
                                  std::to_string(count));
  }
  Status size = CheckSize(count + std::max(data.first_only.size(), data.second_only.size()), 3 * count,
                          options.replication_count);
  if (!size.ok()) return size;
  MalmquistBootstrap bootstrap;
  bootstrap.rts_ = rts;
  bootstrap.orientation_ = orientation;
  bootstrap.options_ = options;
  bootstrap.first_cells_ = Join(data.first, data.first_only_cells);
  bootstrap.second_cells_ = Join(data.second, data.second_only_cells);
  bootstrap.points_ = Join(data.first, data.second);
  bootstrap.data_ = std::move(data);
  const TwoPeriods& kept = bootstrap.data_;
  if (!ScoreMembers(FrontierSample(kept, bootstrap.first_cells_), rts, orientation, bootstrap.first_distances_, stop) ||
      !ScoreMembers(FrontierSample(kept, bootstrap.second_cells_), rts, orientation, bootstrap.second_distances_,
                    stop)) {
    return Cancelled();
  }
  const auto matched = static_cast<std::ptrdiff_t>(count);
  const std::vector<double> a(bootstrap.first_distances_.begin(), bootstrap.first_distances_.begin() + matched);
  const std::vector<double> b(bootstrap.second_distances_.begin(), bootstrap.second_distances_.begin() + matched);
  bootstrap.first_deviation_ = std::sqrt(SampleVariance(a));
  bootstrap.second_deviation_ = std::sqrt(SampleVariance(b));
  if (*std::max_element(a.begin(), a.end()) <= 1 && *std::max_element(b.begin(), b.end()) <= 1) {
    return FailedPrecondition("NO_INEFFICIENT_UNIT",
                              "every unit is efficient in both periods, so there is no distribution of inefficiency to "
                              "draw from: use fewer inputs and outputs or more units");
  }
  if (bootstrap.first_deviation_ > 0 && bootstrap.second_deviation_ > 0) {
    double covariance = 0;
    const double mean_a = Mean(a);
    const double mean_b = Mean(b);
    for (std::size_t i = 0; i < count; ++i) covariance += (a[i] - mean_a) * (b[i] - mean_b);
    covariance /= static_cast<double>(count - 1);
    bootstrap.correlation_ =
        std::clamp(covariance / (bootstrap.first_deviation_ * bootstrap.second_deviation_), -1.0, 1.0);
  }
  bootstrap.bandwidth_ =
      options.bandwidth > 0 ? options.bandwidth : numeric::Pow(4 / (5 * static_cast<double>(count)), 1.0 / 6);
  bootstrap.estimates_.resize(3 * count);
  DistanceScorer scorer(kept.input_count, kept.output_count, rts, orientation);
  if (!bootstrap.Changes(scorer, bootstrap.first_cells_, bootstrap.second_cells_, bootstrap.estimates_.data(), stop)) {
    return Cancelled();
  }
  return bootstrap;
}

bool MalmquistBootstrap::Changes(DistanceScorer& scorer, const std::vector<double>& first_frontier,
                                 const std::vector<double>& second_frontier, double* changes,
                                 const std::stop_token& stop) const {
  const std::size_t count = unit_count();
  std::vector<double> on_first(2 * count);
  std::vector<double> on_second(2 * count);
  if (!scorer.Score(first_frontier.data(), first_frontier.size() / data_.dimension(), points_.data(), 2 * count,
                    on_first.data(), stop) ||
      !scorer.Score(second_frontier.data(), second_frontier.size() / data_.dimension(), points_.data(), 2 * count,
                    on_second.data(), stop)) {
    return false;
  }
  for (std::size_t i = 0; i < count; ++i) {
    // Distances are reciprocals of scores; 0 has no score.
    const double own_first = on_first[i];
    const double own_second = on_second[count + i];
    const double ahead = on_first[count + i];  // second period's data, first frontier
    const double back = on_second[i];
    const bool own = own_first > 0 && own_second > 0;
    const double efficiency = own ? own_first / own_second : 0;
    const double technical =
        own && ahead > 0 && back > 0 ? std::sqrt(own_second / ahead) * std::sqrt(back / own_first) : 0;
    changes[3 * i] = efficiency * technical;
    changes[3 * i + 1] = efficiency;
    changes[3 * i + 2] = technical;
  }
  return true;
}

void MalmquistBootstrap::Draw(std::int64_t replication, Drawn& drawn) const {
  const std::size_t count = unit_count();
  drawn.first.resize(first_distances_.size());
  drawn.second.resize(second_distances_.size());
  std::vector<double> first_noise(drawn.first.size());
  std::vector<double> second_noise(drawn.second.size());
  const double rest = std::sqrt(1 - correlation_ * correlation_);
  // Puts a unit's drawn pair and its noise where it is observed.
  const auto draw = [&](std::int32_t unit, std::size_t in_first, std::size_t in_second) {
    const UniformPair pair = DrawUniforms(options_.seed, replication, unit);
    const double other = DrawUniforms(options_.seed, replication, kSecondPeriodDraws + unit).first;
    const std::int64_t at = Position(pair.first, 4 * static_cast<std::int64_t>(count));
    const auto row = static_cast<std::size_t>(at / 4);
    const bool first_reflected = at % 4 == 1 || at % 4 == 2;
    const bool second_reflected = at % 4 == 2 || at % 4 == 3;
    const double e1 = NormalFromUniform(pair.second);
    const double e2 = NormalFromUniform(other);
    const double correlation = first_reflected == second_reflected ? correlation_ : -correlation_;
    if (in_first < drawn.first.size()) {
      drawn.first[in_first] = first_reflected ? 2 - first_distances_[row] : first_distances_[row];
      first_noise[in_first] = bandwidth_ * first_deviation_ * e1;
    }
    if (in_second < drawn.second.size()) {
      drawn.second[in_second] = second_reflected ? 2 - second_distances_[row] : second_distances_[row];
      second_noise[in_second] = bandwidth_ * second_deviation_ * (correlation * e1 + rest * e2);
    }
  };
  const std::size_t nowhere = std::max(drawn.first.size(), drawn.second.size());
  for (std::size_t i = 0; i < count; ++i) draw(data_.matched[i], i, i);
  for (std::size_t i = 0; i < data_.first_only.size(); ++i) draw(data_.first_only[i], count + i, nowhere);
  for (std::size_t i = 0; i < data_.second_only.size(); ++i) draw(data_.second_only[i], nowhere, count + i);

  const double shrinkage = 1 / std::sqrt(1 + bandwidth_ * bandwidth_);
  const auto smooth = [&](std::vector<double>& values, const std::vector<double>& noise) {
    double centre = 0;
    for (std::size_t i = 0; i < count; ++i) centre += values[i];
    centre /= static_cast<double>(count);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double value = centre + (values[i] + noise[i] - centre) * shrinkage;
      values[i] = value < 1 ? 2 - value : value;
    }
  };
  smooth(drawn.first, first_noise);
  smooth(drawn.second, second_noise);
}

bool MalmquistBootstrap::Run(std::int64_t first, std::int64_t last, double* rows, const std::stop_token& stop,
                             const std::function<void(std::int64_t)>& done) const {
  const Sample first_sample = FrontierSample(data_, first_cells_);
  const Sample second_sample = FrontierSample(data_, second_cells_);
  DistanceScorer scorer(data_.input_count, data_.output_count, rts_, orientation_);
  Drawn drawn;
  std::vector<double> first_frontier;
  std::vector<double> second_frontier;
  for (std::int64_t replication = first; replication < last; ++replication) {
    if (stop.stop_requested()) return false;
    Draw(replication, drawn);
    MoveToDistances(first_sample, orientation_, first_distances_, drawn.first, first_frontier);
    MoveToDistances(second_sample, orientation_, second_distances_, drawn.second, second_frontier);
    double* row = rows + static_cast<std::size_t>(replication - first) * 3 * unit_count();
    if (!Changes(scorer, first_frontier, second_frontier, row, stop)) return false;
    if (done) done(1);
  }
  return true;
}

ChangeInterval MalmquistBootstrap::Summarise(double estimate, std::vector<double> draws) const {
  ChangeInterval interval;
  interval.undominated_count = std::count(draws.begin(), draws.end(), 0.0);
  draws.erase(std::remove(draws.begin(), draws.end(), 0.0), draws.end());
  interval.defined = estimate > 0 && !draws.empty();
  if (!interval.defined) return interval;
  interval.estimate = estimate;
  interval.bias = Mean(draws) - estimate;
  interval.bias_error = std::sqrt(SampleVariance(draws) / static_cast<double>(draws.size()));
  interval.corrected = estimate - interval.bias;
  for (double& draw : draws) draw = 2 * estimate - draw;
  std::sort(draws.begin(), draws.end());
  const double tail = (1 - options_.confidence_level) / 2;
  interval.conf_low = numeric::Quantile(draws, tail);
  interval.conf_high = numeric::Quantile(draws, 1 - tail);
  interval.significant = interval.conf_low > 1 || interval.conf_high < 1;
  return interval;
}

Result<MalmquistBootstrapResult> MalmquistBootstrap::Finish(const std::vector<double>& draws,
                                                            const std::stop_token& stop) const {
  MalmquistBootstrapResult result;
  result.bandwidth = bandwidth_;
  result.intervals.resize(unit_count());
  std::vector<double> own(static_cast<std::size_t>(options_.replication_count));
  for (std::size_t i = 0; i < unit_count(); ++i) {
    if (stop.stop_requested()) return Cancelled();
    ChangeInterval* parts[] = {&result.intervals[i].index, &result.intervals[i].efficiency_change,
                               &result.intervals[i].technical_change};
    for (std::size_t part = 0; part < 3; ++part) {
      for (std::size_t replication = 0; replication < own.size(); ++replication) {
        own[replication] = draws[(replication * unit_count() + i) * 3 + part];
      }
      *parts[part] = Summarise(estimates_[3 * i + part], own);
    }
  }
  return result;
}

Result<MalmquistBootstrapResult> RunMalmquistBootstrap(TwoPeriods data, ReturnsToScale rts, Orientation orientation,
                                                       const MalmquistBootstrapOptions& options,
                                                       const std::stop_token& stop,
                                                       const std::function<void(std::int64_t)>& done) {
  const Result<MalmquistBootstrap> bootstrap =
      MalmquistBootstrap::Make(std::move(data), rts, orientation, options, stop);
  if (!bootstrap) return bootstrap.status();
  std::vector<double> draws;
  if (!RunAll(*bootstrap, options.replication_count, draws, stop, done)) return Cancelled();
  return bootstrap->Finish(draws, stop);
}

}  // namespace farrell::dea
