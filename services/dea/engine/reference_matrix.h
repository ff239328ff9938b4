// The data of one reference set, packed for pricing and shared by every unit evaluated against it.
#pragma once

#include <cstdint>
#include <vector>

#include "services/dea/engine/observations.h"

namespace farrell::dea {

// Row i holds measure i (inputs, then outputs) of every member; the last row holds ones (the convexity row). Rows are
// contiguous and padded with zero columns to a multiple of kBlock, so that pricing runs over whole blocks.
class ReferenceMatrix {
 public:
  static constexpr std::size_t kBlock = 64;

  // `members` in ascending order of rows.
  ReferenceMatrix(const Observations& data, std::vector<std::int32_t> members);

  std::size_t size() const { return members_.size(); }
  std::size_t padded_size() const { return stride_; }
  int dimension() const { return dimension_; }
  const std::vector<std::int32_t>& members() const { return members_; }
  // Values of measure i; i == dimension() gives the ones.
  const double* row(int i) const { return cells_.data() + static_cast<std::size_t>(i) * stride_; }
  // Largest absolute value of measure i.
  double largest(int i) const { return largest_[static_cast<std::size_t>(i)]; }
  // Range of measure i; 0 and 0 without members.
  double lowest(int i) const { return lowest_[static_cast<std::size_t>(i)]; }
  double highest(int i) const { return highest_[static_cast<std::size_t>(i)]; }
  // Mean of measure i, summed in the order of members; 0 without members.
  double mean(int i) const { return mean_[static_cast<std::size_t>(i)]; }
  // Column of an observation, or -1.
  int Find(std::int32_t observation) const;

 private:
  int dimension_;
  std::size_t stride_;
  std::vector<std::int32_t> members_;
  std::vector<double> cells_;
  std::vector<double> largest_;
  std::vector<double> lowest_;
  std::vector<double> highest_;
  std::vector<double> mean_;
};

}  // namespace farrell::dea
