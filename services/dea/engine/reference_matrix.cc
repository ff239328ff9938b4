#include "services/dea/engine/reference_matrix.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace farrell::dea {

ReferenceMatrix::ReferenceMatrix(const Observations& data, std::vector<std::int32_t> members)
    : dimension_(data.dimension()),
      stride_((members.size() + kBlock - 1) / kBlock * kBlock),
      members_(std::move(members)),
      cells_(stride_ * static_cast<std::size_t>(dimension_ + 1), 0.0),
      largest_(static_cast<std::size_t>(dimension_), 0.0),
      lowest_(static_cast<std::size_t>(dimension_), 0.0),
      highest_(static_cast<std::size_t>(dimension_), 0.0),
      mean_(static_cast<std::size_t>(dimension_), 0.0) {
  for (std::size_t j = 0; j < members_.size(); ++j) {
    const double* source = data.row(static_cast<std::size_t>(members_[j]));
    for (std::size_t i = 0; i < static_cast<std::size_t>(dimension_); ++i) {
      cells_[i * stride_ + j] = source[i];
      mean_[i] += source[i];
      largest_[i] = std::max(largest_[i], std::abs(source[i]));
      lowest_[i] = j == 0 ? source[i] : std::min(lowest_[i], source[i]);
      highest_[i] = j == 0 ? source[i] : std::max(highest_[i], source[i]);
    }
    cells_[static_cast<std::size_t>(dimension_) * stride_ + j] = 1.0;
  }
  for (double& mean : mean_) mean /= static_cast<double>(std::max<std::size_t>(members_.size(), 1));
}

int ReferenceMatrix::Find(std::int32_t observation) const {
  const auto found = std::lower_bound(members_.begin(), members_.end(), observation);
  return found != members_.end() && *found == observation ? static_cast<int>(found - members_.begin()) : -1;
}

}  // namespace farrell::dea
