#include "services/dea/engine/bulk_radial.h"

#include <limits>
#include <numeric>
#include <vector>

#include "services/dea/engine/observations.h"
#include "services/dea/engine/radial.h"
#include "services/dea/engine/reference_matrix.h"

namespace farrell::dea {

class BulkRadial::Implementation {
 public:
  Implementation(int input_count, int output_count, ReturnsToScale rts, Orientation orientation)
      : rts_(rts), orientation_(orientation), solver_(input_count + output_count) {
    data_.input_count = input_count;
    data_.output_count = output_count;
  }

  bool Score(const double* reference, std::size_t reference_count, const double* points, std::size_t point_count,
             double* farrell, const std::stop_token& stop) {
    const std::size_t d = static_cast<std::size_t>(data_.dimension());
    data_.cells.assign(reference, reference + reference_count * d);
    data_.cells.insert(data_.cells.end(), points, points + point_count * d);
    data_.roles.assign(reference_count + point_count, RowRole::kScored);
    std::vector<std::int32_t> members(reference_count);
    std::iota(members.begin(), members.end(), 0);
    const ReferenceMatrix matrix(data_, std::move(members));
    for (std::size_t point = 0; point < point_count; ++point) {
      const UnitScore score = solver_.Solve(data_, static_cast<std::int32_t>(reference_count + point), matrix, rts_,
                                            orientation_, {}, stop);
      if (stop.stop_requested()) return false;
      const bool solved = score.status == UnitStatus::kOptimal;
      const double none = orientation_ == Orientation::kInput ? std::numeric_limits<double>::infinity() : 0.0;
      farrell[point] = solved ? score.farrell : none;
    }
    return true;
  }

 private:
  ReturnsToScale rts_;
  Orientation orientation_;
  Observations data_;
  RadialSolver solver_;
};

BulkRadial::BulkRadial(int input_count, int output_count, ReturnsToScale rts, Orientation orientation)
    : implementation_(std::make_unique<Implementation>(input_count, output_count, rts, orientation)) {}
BulkRadial::~BulkRadial() = default;
BulkRadial::BulkRadial(BulkRadial&&) noexcept = default;
BulkRadial& BulkRadial::operator=(BulkRadial&&) noexcept = default;

bool BulkRadial::Score(const double* reference, std::size_t reference_count, const double* points,
                       std::size_t point_count, double* farrell, const std::stop_token& stop) {
  return implementation_->Score(reference, reference_count, points, point_count, farrell, stop);
}

}  // namespace farrell::dea
