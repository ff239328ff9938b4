// Latencies counted in buckets whose width is at most 1/1024 of their values: quantiles are off by less than 0.1 per
// cent, the largest value is exact, and memory does not grow with the number of values.
#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace farrell::cli {

class LatencyHistogram {
 public:
  // Negative values count as 0.
  void Add(std::chrono::nanoseconds latency) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(latency.count(), 0));
    const std::size_t bucket = BucketOf(value);
    if (bucket >= counts_.size()) counts_.resize(bucket + 1);
    ++counts_[bucket];
    ++count_;
    largest_ = std::max(largest_, value);
  }

  void Add(const LatencyHistogram& other) {
    if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size());
    for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    largest_ = std::max(largest_, other.largest_);
  }

  std::int64_t count() const { return count_; }
  double max_ms() const { return Milliseconds(largest_); }

  // The smallest latency that at least `share` of all do not exceed, in ms; 0 without values. Range of `share`: (0, 1].
  double QuantileMs(double share) const {
    const double wanted = share * static_cast<double>(count_);
    double seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += static_cast<double>(counts_[i]);
      if (counts_[i] > 0 && seen >= wanted) return Milliseconds(std::min(LastOf(i), largest_));
    }
    return max_ms();
  }

 private:
  static constexpr unsigned kBits = 10;

  // Values below 2^(kBits + 1) have a bucket each; above, 2^kBits buckets an octave.
  static std::size_t BucketOf(std::uint64_t value) {
    const auto width = static_cast<unsigned>(std::bit_width(value));
    const unsigned shift = width > kBits + 1 ? width - kBits - 1 : 0;
    return (static_cast<std::size_t>(shift) << kBits) + static_cast<std::size_t>(value >> shift);
  }
  // The largest value of a bucket.
  static std::uint64_t LastOf(std::size_t bucket) {
    const std::size_t shift = bucket < (std::size_t{2} << kBits) ? 0 : (bucket >> kBits) - 1;
    const std::uint64_t first = (static_cast<std::uint64_t>(bucket) - (shift << kBits)) << shift;
    return first + (std::uint64_t{1} << shift) - 1;
  }
  static double Milliseconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e6; }

  std::vector<std::int64_t> counts_;
  std::int64_t count_ = 0;
  std::uint64_t largest_ = 0;
};

}  // namespace farrell::cli
