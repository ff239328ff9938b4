// Radial measures of many points against one reference set: scores only, for resampling.
//
// Peers, slacks and prices are left out; the measure equals that of the full path (radial.h) to 1e-9. The same bits
// come back for the same arguments, whatever was asked before.
#pragma once

#include <cstddef>
#include <memory>
#include <stop_token>

#include "services/dea/engine/model.h"

namespace farrell::dea {

class BulkRadial {
 public:
  // rts: kCrs, kVrs, kNirs or kNdrs.
  BulkRadial(int input_count, int output_count, ReturnsToScale rts, Orientation orientation);
  ~BulkRadial();
  BulkRadial(BulkRadial&&) noexcept;
  BulkRadial& operator=(BulkRadial&&) noexcept;

  // `reference`: row-major, reference_count rows of inputs then outputs, finite and >= 0; `points`: the same layout,
  // `point_count` rows, each with a positive input and a positive output. Writes theta (input orientation, > 0) or phi
  // (output orientation, >= 0) of every point to `farrell`; where no point of the technology dominates a point, theta
  // is +infinity and phi is 0. Reuses its memory from call to call; one object per thread. Returns false when stopped:
  // then `farrell` is not complete.
  bool Score(const double* reference, std::size_t reference_count, const double* points, std::size_t point_count,
             double* farrell, const std::stop_token& stop);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace farrell::dea
