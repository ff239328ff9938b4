// The two inner loops of the scout (scout.h): scans over all columns of a reference set, eight at a time.
//
// They are compiled for the baseline and for wider registers and chosen at run time. Every version adds the same
// products in the same order, without fused multiply-add, over the same eight columns at a time: the bits are equal.
#pragma once

#include <cstddef>
#include <cstdint>

namespace farrell::dea {

enum class Instructions : std::uint8_t { kBaseline, kAvx2 };

// Widest version this processor runs.
Instructions BestInstructions();

// Columns in structure-of-arrays form: row i of column j is cells[i * stride + j]. `padded` is a multiple of kLanes;
// columns from the true count on are zero.
struct ColumnBlock {
  static constexpr std::size_t kLanes = 8;
  const double* cells = nullptr;
  std::size_t stride = 0;
  std::size_t padded = 0;
  int row_count = 0;
};

// Dual ratio test. With reduced cost rc = prices . column and entry alpha = row . column, the column with alpha <
// -floor and the least max(rc, 0) / -alpha; ties go to the most negative alpha, then to the smallest index. index -1:
// none.
struct RatioChoice {
  std::int64_t index = -1;
  double ratio = 0;
  double alpha = 0;
};

// The column whose reduced cost is furthest below zero: below -tolerance * size with size = (prices . column over the
// first `positive_rows` rows) + offset; by rc itself or, with `relative`, by rc / size. Ties: the smallest index.
struct PriceQuery {
  const double* prices = nullptr;
  int positive_rows = 0;
  double offset = 0;
  double tolerance = 0;
  bool relative = false;
};

using RatioScan = RatioChoice (*)(const ColumnBlock& block, const double* prices, const double* row, double floor);
using PriceScan = std::int64_t (*)(const ColumnBlock& block, const PriceQuery& query);

struct ColumnScans {
  RatioScan ratio;
  PriceScan price;
};

// The loops for `instructions`, which this processor must run.
ColumnScans ScansFor(Instructions instructions);

}  // namespace farrell::dea
