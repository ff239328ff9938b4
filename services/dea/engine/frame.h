// The units of a reference set that can have weight in any solution: what Dula (2011) calls the frame of its hull, and
// everything next to it.
//
// Unit j is left out only when the technology of the others contains ((1 - b) x_j, (1 + b) y_j), a point better than j
// by the margin b = kFrameMargin in every measure. Prices v, u >= 0, w that are feasible for the units kept,
// v x - u y - w >= 0, are then feasible for j, and by much:
//   v x_j - u y_j - w >= b (v x_j + u y_j),
// so that its reduced cost is at least b / 3 of the sum of its terms |v x_j| + |u y_j| + |w| (where w is the large one:
// if v x_j + u y_j < |w| / 2, then w < 0 and the left side is above |w| / 2). Therefore
//   - a program over the units kept has the solutions of the program over all, ties included, and
//   - its prices prove optimality against all units: dual feasibility for the units kept is checked unit by unit; for
//     each of the others it follows from the membership shown once when the frame was made.
// Where all terms of j are zero the bound says nothing: the point better than j ties with it, and being better is
// chosen before it by the slacks. A frame serves every model whose weights appear in the rows of the technology alone,
// with free disposal of every measure, and data >= 0.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_matrix.h"

namespace farrell::dea {

inline constexpr double kFrameMargin = 1e-5;

// Calls body(0) .. body(count - 1) in any order, on as many threads as it likes.
using ParallelFor = std::function<void(std::size_t count, const std::function<void(std::size_t)>& body)>;

class Frame {
 public:
  // `units`: columns of `reference` that are kept, ascending.
  Frame(const Observations& data, const ReferenceMatrix& reference, ReturnsToScale rts, std::vector<int> units);

  const std::vector<int>& units() const { return units_; }
  // The units kept, in the same order.
  const ReferenceMatrix& matrix() const { return matrix_; }
  // Whether the frame holds for the technology: its own, or, made under VRS, any of the four.
  bool Serves(ReturnsToScale rts) const { return rts == rts_ || rts_ == ReturnsToScale::kVrs; }
  // Whether the unit is among those kept.
  bool Contains(int unit) const;
  // Least positive value of measure i over the whole reference set; 1 where there is none and for the ones.
  double least_positive(int i) const { return least_positive_[static_cast<std::size_t>(i)]; }

 private:
  ReturnsToScale rts_;
  std::vector<int> units_;
  ReferenceMatrix matrix_;
  std::vector<double> least_positive_;
};

// Whether so many programs against a reference set of so many units are worth its frame, which costs about what one in
// a hundred of the units costs without.
constexpr bool WorthFrame(std::size_t programs, std::size_t units) { return programs * 128 >= units; }

// Makes the frame of a reference set under kCrs, kVrs, kNirs or kNdrs. Null when stopped, when a cell is negative, and
// where a frame is not worth it: for small sets, and where nearly all units would be kept.
//
// Samples of the candidates are framed first and the candidates inside them discarded, block by block, in rounds
// (hierarchical decomposition, Barr & Durchholz 1997); what is left is judged against all that is left. Needs about
// (units) x (units kept) operations and no memory beyond a few words a unit.
std::unique_ptr<Frame> MakeFrame(const Observations& data, const ReferenceMatrix& reference, ReturnsToScale rts,
                                 const ParallelFor& parallel, const std::stop_token& stop);

}  // namespace farrell::dea
