#include "services/dea/engine/inference/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "common/numeric/elementary.h"
#include "common/numeric/quantile.h"
#include "services/dea/engine/inference/draws.h"
#include "services/dea/engine/inference/moments.h"

namespace farrell::dea {
namespace {

constexpr std::int64_t kMostReplications = 1'000'000;

std::int64_t CountUnits(const std::vector<std::int32_t>& units) {
  std::int64_t count = 0;
  for (std::size_t member = 0; member < units.size(); ++member) {
    if (member == 0 || units[member] != units[member - 1]) ++count;
  }
  return count;
}

bool IsOutside(double corrected, RadialMeasure measure) {
  if (measure == RadialMeasure::kPhi) return !(corrected >= 1 - kEfficientDistance);
  return !(corrected > 0 && corrected <= 1 + kEfficientDistance);
}

}  // namespace

void CheckBootstrapOptions(const BootstrapOptions& options, const std::string& prefix, Violations& violations) {
  if (options.replication_count < 2 || options.replication_count > kMostReplications) {
    violations.Add(prefix + "replication_count", "is " + std::to_string(options.replication_count) +
                                                     ": give a number in [2, 1000000], 2000 for most purposes");
  }
  if (!(options.confidence_level > 0 && options.confidence_level < 1)) {
    violations.Add(prefix + "confidence_level", "must be in (0, 1), e.g. 0.95");
  }
  if (options.method == BootstrapMethod::kSmoothed) {
    if (options.bandwidth_rule == BandwidthRule::kFixed &&
        !(options.bandwidth > 0 && std::isfinite(options.bandwidth))) {
      violations.Add(prefix + "bandwidth", "must be positive and finite, or choose a rule");
    }
    if (options.bandwidth_rule != BandwidthRule::kFixed && options.bandwidth != 0) {
      violations.Add(prefix + "bandwidth", "is read only with the fixed rule: leave it out or choose that rule");
    }
    return;
  }
  if (options.subsample_size < 0) {
    violations.Add(prefix + "subsample_size", "is negative: give at least 1, or 0 for the default");
  }
  if (options.subsample_size == 0 && !(options.subsample_exponent > 0 && options.subsample_exponent < 1)) {
    violations.Add(prefix + "subsample_exponent", "must be in (0, 1), e.g. 0.7");
  }
}

double ConvergenceRate(int input_count, int output_count, ReturnsToScale rts) {
  return 2.0 / (input_count + output_count + (rts == ReturnsToScale::kCrs ? 0 : 1));
}

Result<ScoreBootstrap> ScoreBootstrap::Make(Sample sample, ReturnsToScale rts, Orientation orientation,
                                            RadialMeasure measure, const BootstrapOptions& options,
                                            const std::stop_token& stop) {
  ScoreBootstrap bootstrap;
  bootstrap.rts_ = rts;
  bootstrap.orientation_ = orientation;
  bootstrap.measure_ = measure;
  bootstrap.options_ = options;
  bootstrap.options_.by_unit = options.by_unit && !sample.units.empty();
  Status size = CheckSize(sample.size(), sample.evaluated.size(), options.replication_count);
  if (!size.ok()) return size;
  if (!ScoreMembers(sample, rts, orientation, bootstrap.distances_, stop)) return Cancelled();
  bootstrap.points_ = EvaluatedRows(sample);
  bootstrap.sample_size_ =
      bootstrap.options_.by_unit ? CountUnits(sample.units) : static_cast<std::int64_t>(sample.size());
  if (options.method == BootstrapMethod::kSmoothed) {
    const bool fixed = options.bandwidth_rule == BandwidthRule::kFixed;
    const Result<double> chosen =
        ChooseBandwidth(bootstrap.distances_, fixed ? BandwidthRule::kSilverman : options.bandwidth_rule, stop);
    if (!chosen) return chosen.status();
    bootstrap.bandwidth_ = fixed ? options.bandwidth : *chosen;
    bootstrap.smoother_.emplace(sample, bootstrap.distances_, options.smoothing, bootstrap.bandwidth_,
                                bootstrap.options_.by_unit);
  } else {
    const std::int64_t n = bootstrap.sample_size_;
    const double power = numeric::Pow(static_cast<double>(n), options.subsample_exponent);
    const std::int64_t m = options.subsample_size > 0 ? options.subsample_size
                                                      : std::max<std::int64_t>(1, static_cast<std::int64_t>(power));
    if (m >= n) {
      return FailedPrecondition("SAMPLE_TOO_SMALL", "a subsample of " + std::to_string(m) +
                                                        " needs a reference set of more than " + std::to_string(n) +
                                                        ": give a smaller subsample or pool periods");
    }
    bootstrap.subsample_size_ = m;
    bootstrap.rate_ = ConvergenceRate(sample.input_count, sample.output_count, rts);
    bootstrap.factor_ = numeric::Pow(static_cast<double>(m) / static_cast<double>(n), bootstrap.rate_);
  }
  bootstrap.sample_ = std::move(sample);
  return bootstrap;
}

void ScoreBootstrap::DrawSubsample(std::int64_t replication, std::vector<double>& cells) const {
  // Unit (or row) k has members [begin[k], begin[k + 1]) and the code that names its draws.
  std::vector<std::size_t> begin;
  std::vector<std::int32_t> codes;
  for (std::size_t member = 0; member < sample_.size(); ++member) {
    if (options_.by_unit && member > 0 && sample_.units[member] == sample_.units[member - 1]) continue;
    begin.push_back(member);
    codes.push_back(options_.by_unit ? sample_.units[member] : sample_.rows[member]);
  }
  begin.push_back(sample_.size());
  cells.clear();
  const auto take = [&](std::size_t k) {
    cells.insert(cells.end(), sample_.row(begin[k]),
                 sample_.row(begin[k]) + (begin[k + 1] - begin[k]) * sample_.dimension());
  };
  if (options_.with_replacement) {
    for (std::int64_t k = 0; k < subsample_size_; ++k) {
      const double uniform = DrawUniforms(options_.seed, replication, kSubsampleDraws + k).first;
      take(static_cast<std::size_t>(Position(uniform, sample_size_)));
    }
    return;
  }
  const std::vector<char> chosen = Choose(options_.seed, replication, codes, static_cast<std::size_t>(subsample_size_));
  for (std::size_t k = 0; k < chosen.size(); ++k) {
    if (chosen[k] != 0) take(k);
  }
}

bool ScoreBootstrap::Run(std::int64_t first, std::int64_t last, double* rows, const std::stop_token& stop,
                         const std::function<void(std::int64_t)>& done) const {
  DistanceScorer scorer(sample_.input_count, sample_.output_count, rts_, orientation_);
  std::vector<double> drawn;
  std::vector<double> cells;
  for (std::int64_t replication = first; replication < last; ++replication) {
    if (stop.stop_requested()) return false;
    if (smoother_) {
      smoother_->Draw(options_.seed, replication, drawn);
      MoveToDistances(sample_, orientation_, distances_, drawn, cells);
    } else {
      DrawSubsample(replication, cells);
    }
    double* row = rows + static_cast<std::size_t>(replication - first) * evaluated_count();
    if (!scorer.Score(cells.data(), cells.size() / sample_.dimension(), points_.data(), evaluated_count(), row, stop)) {
      return false;
    }
    if (done) done(1);
  }
  return true;
}

double ScoreBootstrap::PlausibleDistance(double estimate, double bias, double draw) const {
  if (options_.method == BootstrapMethod::kSubsampling) return estimate / (1 + factor_ * (draw / estimate - 1));
  switch (options_.interval) {
    case IntervalKind::kBasic: return 2 * estimate - draw;
    case IntervalKind::kPercentile: return draw;
    case IntervalKind::kPercentileBias: return draw - 2 * bias;
  }
  return draw;
}

BootstrapInterval ScoreBootstrap::Summarise(double estimate, std::vector<double> draws) const {
  BootstrapInterval interval;
  interval.undominated_count = std::count(draws.begin(), draws.end(), 0.0);
  const bool leave_out = options_.undominated == UndominatedDraws::kLeaveOut &&
                         interval.undominated_count < static_cast<std::int64_t>(draws.size());
  if (leave_out) draws.erase(std::remove(draws.begin(), draws.end(), 0.0), draws.end());

  const double deviation = factor_ * std::sqrt(SampleVariance(draws));
  interval.distance = estimate;
  interval.distance_bias = factor_ * (Mean(draws) - estimate);
  interval.distance_bias_error = deviation / std::sqrt(static_cast<double>(draws.size()));
  interval.distance_deviation = deviation;
  interval.distance_corrected = estimate - interval.distance_bias;
  interval.correction_noisy = interval.distance_bias * interval.distance_bias < 3 * deviation * deviation;
  for (double& draw : draws) draw = PlausibleDistance(estimate, interval.distance_bias, draw);
  std::sort(draws.begin(), draws.end());
  const double tail = (1 - options_.confidence_level) / 2;
  interval.distance_low = numeric::Quantile(draws, tail);
  interval.distance_high = numeric::Quantile(draws, 1 - tail);

  interval.score = ToMeasure(estimate, measure_);
  interval.corrected = ToMeasure(interval.distance_corrected, measure_);
  interval.bias = interval.score - interval.corrected;
  interval.corrected_outside = IsOutside(interval.corrected, measure_);
  interval.conf_low = ToMeasure(interval.distance_low, measure_);
  interval.conf_high = ToMeasure(interval.distance_high, measure_);
  if (measure_ != RadialMeasure::kPhi) std::swap(interval.conf_low, interval.conf_high);
  return interval;
}

bool ScoreBootstrap::AddRanks(const std::vector<double>& draws, std::vector<BootstrapInterval>& intervals,
                              const std::stop_token& stop) const {
  const std::size_t count = evaluated_count();
  const auto replications = static_cast<std::size_t>(options_.replication_count);
  std::vector<std::int32_t> ranks(draws.size());  // one row of replications for each member
  std::vector<double> plausible(count);
  std::vector<std::size_t> order(count);
  for (std::size_t replication = 0; replication < replications; ++replication) {
    if (stop.stop_requested()) return false;
    for (std::size_t i = 0; i < count; ++i) {
      plausible[i] =
          PlausibleDistance(intervals[i].distance, intervals[i].distance_bias, draws[replication * count + i]);
    }
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return plausible[a] < plausible[b]; });
    std::int32_t rank = 1;
    for (std::size_t place = 0; place < count; ++place) {
      if (place > 0 && plausible[order[place]] > plausible[order[place - 1]])
        rank = static_cast<std::int32_t>(place + 1);
      ranks[order[place] * replications + replication] = rank;
    }
  }
  const double tail = (1 - options_.confidence_level) / 2;
  for (std::size_t i = 0; i < count; ++i) {
    if (stop.stop_requested()) return false;
    const auto begin = ranks.begin() + static_cast<std::ptrdiff_t>(i * replications);
    std::vector<double> own(begin, begin + static_cast<std::ptrdiff_t>(replications));
    std::sort(own.begin(), own.end());
    intervals[i].rank_low = numeric::Quantile(own, tail);
    intervals[i].rank_high = numeric::Quantile(own, 1 - tail);
    intervals[i].best_share =
        static_cast<double>(std::count(own.begin(), own.end(), 1.0)) / static_cast<double>(replications);
  }
  return true;
}

Result<BootstrapResult> ScoreBootstrap::Finish(const std::vector<double>& draws, const std::stop_token& stop) const {
  BootstrapResult result;
  result.bandwidth = bandwidth_;
  result.sample_size = sample_size_;
  result.subsample_size = subsample_size_;
  result.rate = rate_;
  result.intervals.reserve(evaluated_count());
  std::vector<double> own(static_cast<std::size_t>(options_.replication_count));
  for (std::size_t i = 0; i < evaluated_count(); ++i) {
    if (stop.stop_requested()) return Cancelled();
    for (std::size_t replication = 0; replication < own.size(); ++replication) {
      own[replication] = draws[replication * evaluated_count() + i];
    }
    result.intervals.push_back(Summarise(distances_[static_cast<std::size_t>(sample_.evaluated[i])], own));
  }
  if (options_.ranks && !AddRanks(draws, result.intervals, stop)) return Cancelled();
  return result;
}

Result<BootstrapResult> RunBootstrap(Sample sample, ReturnsToScale rts, Orientation orientation, RadialMeasure measure,
                                     const BootstrapOptions& options, const std::stop_token& stop,
                                     const std::function<void(std::int64_t)>& done) {
  const Result<ScoreBootstrap> bootstrap =
      ScoreBootstrap::Make(std::move(sample), rts, orientation, measure, options, stop);
  if (!bootstrap) return bootstrap.status();
  std::vector<double> draws;
  if (!RunAll(*bootstrap, options.replication_count, draws, stop, done)) return Cancelled();
  return bootstrap->Finish(draws, stop);
}

}  // namespace farrell::dea
