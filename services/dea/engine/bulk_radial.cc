#include "services/dea/engine/bulk_radial.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "services/dea/engine/frame.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/point_order.h"
#include "services/dea/engine/radial.h"
#include "services/dea/engine/reference_matrix.h"
#include "services/dea/engine/scout.h"

namespace farrell::dea {

namespace {

// From here on a reference set is framed before many points are scored against it.
constexpr std::size_t kWorthFrame = 2048;

void OneByOne(std::size_t count, const std::function<void(std::size_t)>& body) {
  for (std::size_t i = 0; i < count; ++i) body(i);
}

}  // namespace

class BulkRadial::Implementation {
 public:
  Implementation(int input_count, int output_count, ReturnsToScale rts, Orientation orientation)
      : rts_(rts),
        orientation_(orientation),
        solver_(input_count + output_count),
        scout_(input_count, output_count, rts, orientation) {
    data_.input_count = input_count;
    data_.output_count = output_count;
  }

  bool Score(const double* reference, std::size_t reference_count, const double* points, std::size_t point_count,
             double* farrell, const std::stop_token& stop) {
    const std::size_t d = static_cast<std::size_t>(data_.dimension());
    const double none = orientation_ == Orientation::kInput ? std::numeric_limits<double>::infinity() : 0.0;
    Pack(reference, reference_count);
    exact_.reset();
    frame_.reset();
    if (reference_count >= kWorthFrame && point_count >= kWorthFrame) {
      frame_ = MakeFrame(data_, WholeSet(reference, reference_count), rts_, OneByOne, stop);
    }
    if (frame_) {
      const ReferenceMatrix& kept = frame_->matrix();
      scout_.SetReference({kept.row(0), kept.padded_size(), kept.padded_size(), 0}, kept.size());
    }
    OrderPoints(points, point_count, d, order_);
    for (const std::uint32_t at : order_) {
      if (stop.stop_requested()) return false;
      const double* point = points + at * d;
      switch (scout_.Solve(point)) {
        case Scout::Outcome::kOptimal: farrell[at] = scout_.farrell(); break;
        case Scout::Outcome::kInfeasible: farrell[at] = none; break;
        case Scout::Outcome::kDoubtful: {
          const UnitScore score = SolveExactly(reference, reference_count, point, stop);
          farrell[at] = score.status == UnitStatus::kOptimal ? score.farrell : none;
        }
      }
    }
    return true;
  }

 private:
  // The reference set in structure-of-arrays form for the scout.
  void Pack(const double* reference, std::size_t count) {
    const std::size_t d = static_cast<std::size_t>(data_.dimension());
    const std::size_t padded = (count + ColumnBlock::kLanes - 1) / ColumnBlock::kLanes * ColumnBlock::kLanes;
    cells_.assign(padded * (d + 1), 0.0);
    for (std::size_t j = 0; j < count; ++j) {
      for (std::size_t i = 0; i < d; ++i) cells_[i * padded + j] = reference[j * d + i];
      cells_[d * padded + j] = 1;
    }
    scout_.SetReference({cells_.data(), padded, padded, 0}, count);
  }

  // The reference set, and room for one point behind it.
  const ReferenceMatrix& WholeSet(const double* reference, std::size_t count) {
    if (!exact_) {
      const std::size_t d = static_cast<std::size_t>(data_.dimension());
      data_.cells.assign(reference, reference + count * d);
      data_.cells.resize((count + 1) * d);
      data_.roles.assign(count + 1, RowRole::kScored);
      std::vector<std::int32_t> members(count);
      std::iota(members.begin(), members.end(), 0);
      exact_.emplace(data_, std::move(members));
    }
    return *exact_;
  }

  UnitScore SolveExactly(const double* reference, std::size_t count, const double* point, const std::stop_token& stop) {
    const ReferenceMatrix& whole = WholeSet(reference, count);
    std::copy(point, point + data_.dimension(), data_.cells.end() - data_.dimension());
    return solver_.Solve(data_, static_cast<std::int32_t>(count), whole, rts_, orientation_, {}, stop);
  }

  ReturnsToScale rts_;
  Orientation orientation_;
  Observations data_;
  RadialSolver solver_;
  std::optional<ReferenceMatrix> exact_;
  std::unique_ptr<Frame> frame_;
  Scout scout_;
  std::vector<double> cells_;
  std::vector<std::uint32_t> order_;
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
