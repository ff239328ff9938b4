#include "services/dea/engine/inference/group_means.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "common/numeric/distributions.h"
#include "common/numeric/elementary.h"
#include "services/dea/engine/inference/bootstrap.h"
#include "services/dea/engine/inference/draws.h"
#include "services/dea/engine/inference/moments.h"

namespace farrell::dea {
namespace {

constexpr std::int64_t kMostSplits = 100'000;
constexpr std::size_t kFewestMembers = 4;
constexpr std::int64_t kChoiceOfScores = -1;  // stands where a split's number stands

double Squared(double x) { return x * x; }

}  // namespace

void CheckGroupMeanOptions(const GroupMeanOptions& options, int input_count, int output_count, ReturnsToScale rts,
                           const std::string& prefix, Violations& violations) {
  if (rts != ReturnsToScale::kCrs && rts != ReturnsToScale::kVrs) {
    violations.Add(prefix + "rts", "must be constant or variable returns: no limit theorem is known for the others");
  }
  if (options.split_count < 1 || options.split_count > kMostSplits) {
    violations.Add(prefix + "split_count",
                   "is " + std::to_string(options.split_count) + ": give a number in [1, 100000]");
  }
  if (!(options.confidence_level > 0 && options.confidence_level < 1)) {
    violations.Add(prefix + "confidence_level", "must be in (0, 1), e.g. 0.95");
  }
  const int most = rts == ReturnsToScale::kCrs ? 5 : 4;
  if (options.mean == MeanRule::kAllScores && input_count + output_count > most) {
    violations.Add(prefix + "mean", "cannot use all scores with more than " + std::to_string(most) +
                                        " inputs and outputs: leave it out or use fewer");
  }
}

Result<GroupMeans> GroupMeans::Make(std::vector<Sample> groups, ReturnsToScale rts, Orientation orientation,
                                    RadialMeasure measure, const GroupMeanOptions& options,
                                    const std::stop_token& stop) {
  GroupMeans means;
  means.rts_ = rts;
  means.orientation_ = orientation;
  means.measure_ = measure;
  means.options_ = options;
  for (std::size_t group = 0; group < groups.size(); ++group) {
    if (groups[group].size() < kFewestMembers) {
      return FailedPrecondition("SAMPLE_TOO_SMALL", "group " + std::to_string(group + 1) + " has " +
                                                        std::to_string(groups[group].size()) +
                                                        " members, a mean needs at least four: join groups");
    }
    Status size = CheckSize(groups[group].size(), groups.size(), options.split_count);
    if (!size.ok()) return size;
    std::vector<double>& scores = means.scores_.emplace_back();
    if (!ScoreMembers(groups[group], rts, orientation, scores, stop)) return Cancelled();
    for (double& score : scores) score = ToMeasure(score, measure);
  }
  if (!groups.empty()) means.rate_ = ConvergenceRate(groups[0].input_count, groups[0].output_count, rts);
  means.groups_ = std::move(groups);
  return means;
}

std::int64_t GroupMeans::split_count() const {
  return options_.method == GroupMeanMethod::kCentralLimit ? options_.split_count : 0;
}

bool GroupMeans::HalvesMean(std::size_t group, std::int64_t split, DistanceScorer& scorer, double& mean,
                            const std::stop_token& stop) const {
  const Sample& sample = groups_[group];
  const std::vector<char> chosen = Choose(options_.seed, split, sample.rows, sample.size() / 2);
  mean = 0;
  for (const char half : {char{1}, char{0}}) {
    std::vector<double> cells;
    for (std::size_t member = 0; member < sample.size(); ++member) {
      if (chosen[member] != half) continue;
      cells.insert(cells.end(), sample.row(member), sample.row(member) + sample.dimension());
    }
    const std::size_t count = cells.size() / sample.dimension();
    std::vector<double> scores(count);
    if (!scorer.Score(cells.data(), count, cells.data(), count, scores.data(), stop)) return false;
    for (double& score : scores) score = ToMeasure(score, measure_);
    mean += Mean(scores) / 2;
  }
  return true;
}

bool GroupMeans::Run(std::int64_t first, std::int64_t last, double* rows, const std::stop_token& stop,
                     const std::function<void(std::int64_t)>& done) const {
  if (groups_.empty()) return true;
  DistanceScorer scorer(groups_[0].input_count, groups_[0].output_count, rts_, orientation_);
  const double factor = 1 / (numeric::Pow(2, rate_) - 1);
  for (std::int64_t split = first; split < last; ++split) {
    for (std::size_t group = 0; group < groups_.size(); ++group) {
      if (stop.stop_requested()) return false;
      double halves = 0;
      if (!HalvesMean(group, split, scorer, halves, stop)) return false;
      rows[static_cast<std::size_t>(split - first) * groups_.size() + group] = factor * (halves - Mean(scores_[group]));
    }
    if (done) done(1);
  }
  return true;
}

GroupMean GroupMeans::Summarise(std::size_t group, const std::vector<double>& biases) const {
  const std::vector<double>& scores = scores_[group];
  const auto n = static_cast<double>(scores.size());
  GroupMean mean;
  mean.member_count = static_cast<std::int64_t>(scores.size());
  mean.mean_count = mean.member_count;
  mean.mean = Mean(scores);
  if (options_.method == GroupMeanMethod::kWelch) {
    mean.corrected = mean.mean;
    mean.standard_error = std::sqrt(SampleVariance(scores) / n);
    const double t = numeric::StudentTQuantile(0.5 + options_.confidence_level / 2, n - 1);
    mean.conf_low = mean.mean - t * mean.standard_error;
    mean.conf_high = mean.mean + t * mean.standard_error;
    return mean;
  }
  mean.bias = Mean(biases);
  mean.bias_error = std::sqrt(SampleVariance(biases) / static_cast<double>(biases.size()));
  double centre = mean.mean;
  if (options_.mean == MeanRule::kByRate && rate_ < 0.5) {
    mean.mean_count = std::max<std::int64_t>(1, static_cast<std::int64_t>(numeric::Pow(n, 2 * rate_)));
    const std::vector<char> chosen =
        Choose(options_.seed, kChoiceOfScores, groups_[group].rows, static_cast<std::size_t>(mean.mean_count));
    std::vector<double> some;
    for (std::size_t member = 0; member < scores.size(); ++member) {
      if (chosen[member] != 0) some.push_back(scores[member]);
    }
    centre = Mean(some);
  }
  mean.corrected = centre - mean.bias;
  double variance = SampleVariance(scores) * (n - 1) / n;
  if (options_.variance == VarianceRule::kBiasCorrected) variance += Squared(mean.bias);
  mean.standard_error = std::sqrt(variance / static_cast<double>(mean.mean_count));
  const double z = numeric::NormalQuantile(0.5 + options_.confidence_level / 2);
  mean.conf_low = mean.corrected - z * mean.standard_error;
  mean.conf_high = mean.corrected + z * mean.standard_error;
  return mean;
}

GroupDifference GroupMeans::Compare(const std::vector<GroupMean>& means, std::size_t first, std::size_t second) const {
  const GroupMean& a = means[first];
  const GroupMean& b = means[second];
  const double square_a = Squared(a.standard_error);
  const double square_b = Squared(b.standard_error);
  GroupDifference difference;
  difference.first = first;
  difference.second = second;
  difference.difference = a.corrected - b.corrected;
  difference.standard_error = std::sqrt(square_a + square_b);
  difference.degrees_of_freedom = std::numeric_limits<double>::infinity();
  if (options_.method == GroupMeanMethod::kWelch && difference.standard_error > 0) {
    difference.degrees_of_freedom =
        Squared(square_a + square_b) / (Squared(square_a) / static_cast<double>(a.member_count - 1) +
                                        Squared(square_b) / static_cast<double>(b.member_count - 1));
  }
  double quantile = 0;
  if (difference.standard_error > 0) {
    difference.statistic = difference.difference / difference.standard_error;
    difference.p_value = numeric::StudentTTwoSided(difference.statistic, difference.degrees_of_freedom);
    quantile = numeric::StudentTQuantile(0.5 + options_.confidence_level / 2, difference.degrees_of_freedom);
  } else if (difference.difference != 0) {
    difference.p_value = 0;  // no spread at all in either group
  }
  difference.conf_low = difference.difference - quantile * difference.standard_error;
  difference.conf_high = difference.difference + quantile * difference.standard_error;
  return difference;
}

GroupMeanResult GroupMeans::Finish(const std::vector<double>& draws) const {
  GroupMeanResult result;
  result.rate = rate_;
  std::vector<double> own(static_cast<std::size_t>(split_count()));
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    for (std::size_t split = 0; split < own.size(); ++split) own[split] = draws[split * groups_.size() + group];
    result.means.push_back(Summarise(group, own));
  }
  for (std::size_t first = 0; first < groups_.size(); ++first) {
    for (std::size_t second = first + 1; second < groups_.size(); ++second) {
      result.differences.push_back(Compare(result.means, first, second));
    }
  }
  return result;
}

Result<GroupMeanResult> RunGroupMeans(std::vector<Sample> groups, ReturnsToScale rts, Orientation orientation,
                                      RadialMeasure measure, const GroupMeanOptions& options,
                                      const std::stop_token& stop, const std::function<void(std::int64_t)>& done) {
  const Result<GroupMeans> means = GroupMeans::Make(std::move(groups), rts, orientation, measure, options, stop);
  if (!means) return means.status();
  std::vector<double> draws;
  if (!RunAll(*means, means->split_count(), draws, stop, done)) return Cancelled();
  return means->Finish(draws);
}

}  // namespace farrell::dea
