#include "services/dea/engine/frame.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "services/dea/engine/column_scan.h"
#include "services/dea/engine/point_order.h"
#include "services/dea/engine/scout.h"

namespace farrell::dea {
namespace {

// Fewer units are priced sooner than framed.
constexpr std::size_t kSmallest = 128;
constexpr std::size_t kSample = 2048;
// Candidates that are judged against each other at once.
constexpr std::size_t kExact = 4096;
constexpr int kMostRounds = 6;
constexpr std::size_t kSmallestBlock = 512;
constexpr std::size_t kLargestBlock = 4096;
// A working set of this size slows the scout more than a new one.
constexpr std::size_t kLargestWorkingSet = 192;

class FrameMaker {
 public:
  FrameMaker(const Observations& data, const ReferenceMatrix& reference, ReturnsToScale rts,
             const ParallelFor& parallel, const std::stop_token& stop)
      : data_(data), reference_(reference), rts_(rts), parallel_(parallel), stop_(stop) {}

  std::vector<int> Make() {
    std::vector<int> candidates(reference_.size());
    for (std::size_t j = 0; j < candidates.size(); ++j) candidates[j] = static_cast<int>(j);
    std::vector<int> hull;
    for (int round = 0; round < kMostRounds && candidates.size() > kExact && !stop_.stop_requested(); ++round) {
      std::vector<int> pool = Sample(candidates, kSample << round);
      pool.insert(pool.end(), hull.begin(), hull.end());
      std::sort(pool.begin(), pool.end());
      pool.erase(std::unique(pool.begin(), pool.end()), pool.end());
      hull = Outside(pool, pool);
      if (hull.empty()) return {};  // stopped: a technology without units cannot judge the candidates
      const std::size_t before = candidates.size();
      candidates = Outside(candidates, hull);
      if (candidates.size() > before / 2) break;
    }
    if (candidates.size() <= 4 * kExact) candidates = Outside(candidates, candidates);
    return candidates;
  }

 private:
  static std::vector<int> Sample(const std::vector<int>& candidates, std::size_t most) {
    const std::size_t size = std::min(candidates.size(), most);
    std::vector<int> sample;
    for (std::size_t i = 0; i < size; ++i) sample.push_back(candidates[i * candidates.size() / size]);
    return sample;
  }

  // Those of `candidates` whose better point the technology of `pool` does not contain.
  std::vector<int> Outside(const std::vector<int>& candidates, const std::vector<int>& pool) {
    const std::size_t rows = static_cast<std::size_t>(reference_.dimension()) + 1;
    const std::size_t padded = (pool.size() + ColumnBlock::kLanes - 1) / ColumnBlock::kLanes * ColumnBlock::kLanes;
    std::vector<double> cells(rows * padded, 0.0);
    for (std::size_t i = 0; i < rows; ++i) {
      const double* source = reference_.row(static_cast<int>(i));
      for (std::size_t j = 0; j < pool.size(); ++j) cells[i * padded + j] = source[pool[j]];
    }
    const ColumnBlock columns{cells.data(), padded, padded, 0};
    // Small enough to share out evenly, large enough for neighbours.
    const std::size_t most = std::clamp(candidates.size() / 16, kSmallestBlock, kLargestBlock);
    const std::size_t blocks = (candidates.size() + most - 1) / most;
    std::vector<std::vector<int>> outside(blocks);
    parallel_(blocks, [&](std::size_t block) {
      const auto first = candidates.begin() + static_cast<std::ptrdiff_t>(block * most);
      const std::size_t size = std::min(most, candidates.size() - block * most);
      outside[block] = OutsideOfBlock({first, first + static_cast<std::ptrdiff_t>(size)}, columns, pool.size());
    });
    std::vector<int> all;
    for (const std::vector<int>& part : outside) all.insert(all.end(), part.begin(), part.end());
    return all;
  }

  std::vector<int> OutsideOfBlock(const std::vector<int>& candidates, const ColumnBlock& columns, std::size_t count) {
    const std::size_t d = static_cast<std::size_t>(reference_.dimension());
    std::vector<double> points;
    points.reserve(candidates.size() * d);
    for (const int candidate : candidates) {
      for (int i = 0; i < reference_.dimension(); ++i) {
        const double margin = i < data_.input_count ? 1 - kFrameMargin : 1 + kFrameMargin;
        points.push_back(margin * reference_.row(i)[candidate]);
      }
    }
    std::vector<std::uint32_t> order;
    OrderPoints(points.data(), candidates.size(), d, order);
    Scout scout(data_.input_count, data_.output_count, rts_, Orientation::kInput);
    scout.SetReference(columns, count);
    std::vector<int> outside;
    for (const std::uint32_t at : order) {
      if (stop_.stop_requested()) return {};
      if (scout.working() > kLargestWorkingSet) scout.SetReference(columns, count);
      const Scout::Outcome outcome = scout.Solve(points.data() + at * d);
      if (outcome != Scout::Outcome::kOptimal || scout.farrell() > 1) outside.push_back(candidates[at]);
    }
    std::sort(outside.begin(), outside.end());
    return outside;
  }

  const Observations& data_;
  const ReferenceMatrix& reference_;
  ReturnsToScale rts_;
  const ParallelFor& parallel_;
  const std::stop_token& stop_;
};

std::vector<std::int32_t> MembersOf(const ReferenceMatrix& reference, const std::vector<int>& units) {
  std::vector<std::int32_t> members;
  members.reserve(units.size());
  for (const int unit : units) members.push_back(reference.members()[static_cast<std::size_t>(unit)]);
  return members;
}

}  // namespace

Frame::Frame(const Observations& data, const ReferenceMatrix& reference, ReturnsToScale rts, std::vector<int> units)
    : rts_(rts), units_(std::move(units)), matrix_(data, MembersOf(reference, units_)) {
  for (int i = 0; i <= reference.dimension(); ++i) {
    const double* cells = reference.row(i);
    double least = 0;
    for (std::size_t j = 0; j < reference.size(); ++j) {
      if (cells[j] > 0 && (least == 0 || cells[j] < least)) least = cells[j];
    }
    least_positive_.push_back(least > 0 ? least : 1);
  }
}

bool Frame::Contains(int unit) const { return std::binary_search(units_.begin(), units_.end(), unit); }

std::unique_ptr<Frame> MakeFrame(const Observations& data, const ReferenceMatrix& reference, ReturnsToScale rts,
                                 const ParallelFor& parallel, const std::stop_token& stop) {
  const std::size_t count = reference.size();
  if (count < kSmallest || data.dimension() != data.input_count + data.output_count) return nullptr;
  for (int i = 0; i < reference.dimension(); ++i) {
    const double* cells = reference.row(i);
    if (std::any_of(cells, cells + count, [](double cell) { return cell < 0; })) return nullptr;
  }
  std::vector<int> units = FrameMaker(data, reference, rts, parallel, stop).Make();
  if (stop.stop_requested() || units.empty() || 4 * units.size() > 3 * count) return nullptr;
  return std::make_unique<Frame>(data, reference, rts, std::move(units));
}

}  // namespace farrell::dea
