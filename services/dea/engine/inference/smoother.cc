#include "services/dea/engine/inference/smoother.h"

#include <cmath>
#include <cstdlib>
#include <utility>

#include "services/dea/engine/inference/draws.h"
#include "services/dea/engine/inference/moments.h"

namespace farrell::dea {
namespace {

// Variance of {d, 2 - d}, whose mean is 1, with divisor 2n - lost.
double ReflectedVariance(const std::vector<double>& distances, double lost) {
  double sum = 0;
  for (const double distance : distances) sum += 2 * (distance - 1) * (distance - 1);
  return sum / (2 * static_cast<double>(distances.size()) - lost);
}

}  // namespace

DistanceSmoother::DistanceSmoother(const Sample& sample, std::vector<double> distances, Smoothing smoothing,
                                   double bandwidth, bool by_unit)
    : rows_(sample.rows),
      times_(sample.times),
      distances_(std::move(distances)),
      smoothing_(smoothing),
      bandwidth_(bandwidth) {
  double variance = 0;
  switch (smoothing) {
    case Smoothing::kReflectedSet:
    case Smoothing::kShrinkAboutOne: variance = ReflectedVariance(distances_, 0); break;
    case Smoothing::kShrinkReflect: variance = ReflectedVariance(distances_, 1); break;
    case Smoothing::kReflectShrink:
      variance = SampleVariance(distances_);
      centre_ = Mean(distances_);
      break;
  }
  shrinkage_ = 1 / std::sqrt(1 + bandwidth * bandwidth / variance);
  if (by_unit) {
    for (std::size_t member = 0; member < sample.units.size(); ++member) {
      if (member > 0 && sample.units[member] == sample.units[member - 1]) continue;
      unit_codes_.push_back(sample.units[member]);
      unit_begin_.push_back(member);
    }
    unit_begin_.push_back(sample.size());
  }
}

double DistanceSmoother::Pick(double uniform, double distance) const {
  return smoothing_ == Smoothing::kReflectShrink || uniform < 0.5 ? distance : 2 - distance;
}

void DistanceSmoother::DrawUnits(std::int64_t seed, std::int64_t replication, std::vector<double>& drawn) const {
  const auto count = static_cast<std::int64_t>(unit_codes_.size());
  for (std::size_t unit = 0; unit < unit_codes_.size(); ++unit) {
    const UniformPair pair = DrawUniforms(seed, replication, kUnitDraws + unit_codes_[unit]);
    const auto other = static_cast<std::size_t>(Position(pair.first, count));
    for (std::size_t member = unit_begin_[unit]; member < unit_begin_[unit + 1]; ++member) {
      drawn[member] = Pick(pair.second, distances_[NearestMember(other, member)]);
    }
  }
}

std::size_t DistanceSmoother::NearestMember(std::size_t unit, std::size_t member) const {
  std::size_t best = unit_begin_[unit];
  if (times_.empty()) return best;
  const auto apart = [&](std::size_t other) { return std::llabs(times_[other] - times_[member]); };
  for (std::size_t other = best + 1; other < unit_begin_[unit + 1]; ++other) {
    if (apart(other) < apart(best)) best = other;
  }
  return best;
}

void DistanceSmoother::Draw(std::int64_t seed, std::int64_t replication, std::vector<double>& drawn) const {
  const auto count = static_cast<std::int64_t>(distances_.size());
  drawn.resize(distances_.size());
  std::vector<double> noise(distances_.size());
  for (std::size_t member = 0; member < distances_.size(); ++member) {
    const UniformPair pair = DrawUniforms(seed, replication, rows_[member]);
    // One uniform picks a member and, by what is left of it, a side.
    const std::int64_t other = Position(pair.first, count);
    const double rest = pair.first * static_cast<double>(count) - static_cast<double>(other);
    drawn[member] = Pick(rest, distances_[static_cast<std::size_t>(other)]);
    noise[member] = bandwidth_ * NormalFromUniform(pair.second);
  }
  if (!unit_codes_.empty()) DrawUnits(seed, replication, drawn);

  const bool about_draw = smoothing_ == Smoothing::kReflectedSet || smoothing_ == Smoothing::kShrinkReflect;
  const double centre = about_draw ? Mean(drawn) : centre_;
  for (std::size_t member = 0; member < drawn.size(); ++member) {
    double value = drawn[member] + noise[member];
    if (smoothing_ == Smoothing::kReflectShrink) {
      if (value < 1) value = 2 - value;
      value = centre + (value - centre) * shrinkage_;
    } else {
      value = centre + (value - centre) * shrinkage_;
      if (value < 1) value = 2 - value;
    }
    drawn[member] = value;
  }
}

}  // namespace farrell::dea
