// Draws from a smooth density of distances >= 1: the step in which bootstraps of DEA scores differ.
#pragma once

#include <cstdint>
#include <vector>

#include "services/dea/engine/inference/sample.h"

namespace farrell::dea {

// With d the n estimated distances, h the bandwidth, e standard normal noise and s^2 a variance:
enum class Smoothing : std::uint8_t {
  // b from the reflected set {d, 2 - d}; t = mean(b) + (b + h e - mean(b)) / sqrt(1 + h^2 / s^2), s^2 of the reflected
  // set about 1 with divisor 2n; values below 1 become 2 - t (Simar & Wilson 1998, by the reflection of Silverman
  // 1986).
  kReflectedSet,
  // The same with divisor 2n - 1, as in the R package Benchmarking and in DEAMATLAB.
  kShrinkReflect,
  // The same about 1 instead of mean(b), divisor 2n, as in the R package deaR.
  kShrinkAboutOne,
  // b from {d}; values of b + h e below 1 become 2 - b - h e; then t = mean(d) + (.. - mean(d)) / sqrt(1 + h^2 / s^2),
  // s^2 of d with divisor n - 1, as in the R packages rDEA and pioneeR.
  kReflectShrink,
};

// Immutable; any number of threads may draw.
class DistanceSmoother {
 public:
  // `distances` of all members of `sample`, each >= 1, not all 1; bandwidth > 0. With `by_unit` (Sample::units filled)
  // a unit draws another unit and takes the distances of all its periods, reflected alike: each row that of the same
  // period, or of the nearest period the other unit is observed in, the earlier one of two; noise stays by row.
  DistanceSmoother(const Sample& sample, std::vector<double> distances, Smoothing smoothing, double bandwidth,
                   bool by_unit);

  // The distances of all members, each >= 1, in one replication.
  void Draw(std::int64_t seed, std::int64_t replication, std::vector<double>& drawn) const;

 private:
  // Replaces `drawn` by what units draw.
  void DrawUnits(std::int64_t seed, std::int64_t replication, std::vector<double>& drawn) const;
  std::size_t NearestMember(std::size_t unit, std::size_t member) const;
  double Pick(double uniform, double distance) const;

  std::vector<std::int32_t> rows_;
  std::vector<std::int64_t> times_;
  std::vector<double> distances_;
  Smoothing smoothing_;
  double bandwidth_;
  double shrinkage_ = 1;
  double centre_ = 1;                     // of kShrinkAboutOne and kReflectShrink
  std::vector<std::int32_t> unit_codes_;  // of each unit; empty: rows are drawn
  std::vector<std::size_t> unit_begin_;   // first member of each unit, then the number of members
};

}  // namespace farrell::dea
