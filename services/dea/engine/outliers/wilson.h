// Groups of atypical units by the geometric volume of the data (Andrews & Pregibon 1978; Wilson 1993).
//
// Z is the matrix of the members' inputs, outputs and bad outputs. For a subset L of the members
//   R(L) = det(Z'Z without the rows of L) / det(Z'Z)
// is the share of the volume that is left without them, in [0, 1] and free of units of measurement. For each size i the
// subsets with the smallest R are found; log(R / Rmin) over i is Wilson's plot, in which a minimum that stands clear of
// its runners-up marks a group of outliers.
//
// R(L) = det(I - H_LL) with the hat matrix H = Z (Z'Z)^-1 Z'; the search adds one unit at a time and cuts a branch when
// R(L) (1 - the largest leverages left) is not among the smallest: det(I - A) >= 1 - trace(A) for 0 <= A <= I.
#pragma once

#include <cstdint>
#include <stop_token>
#include <vector>

#include "common/status/status.h"
#include "services/dea/engine/observations.h"

namespace farrell::dea {

struct WilsonOptions {
  int largest_subset = 3;  // [1, 12]
  int kept_count = 10;     // subsets kept of each size, [1, 1000]
};

struct DeletedSubset {
  std::vector<std::int32_t> rows;  // ascending
  double ratio = 0;                // R
  double log_ratio = 0;            // log(R / Rmin of this size) >= 0
};

struct WilsonOutliers {
  // Element i: subsets of size i + 1 by ratio, ties in order of their rows. A size in which some subset leaves no
  // volume (ratio 0: a column, or a combination of columns, lives on those units alone) keeps only such subsets and is
  // the last.
  std::vector<std::vector<DeletedSubset>> sizes;
  // Leverages updated: the work done.
  std::int64_t steps = 0;
};

// The most a search may work, about a minute. 3,000 units, 5 measures and 8 deletions take 1e5 steps.
inline constexpr std::int64_t kMostWilsonSteps = 3'000'000'000;

// `members`: rows of one reference set, ascending.
//
// Errors: INVALID_ARGUMENT MODEL_INVALID (`largest_subset`, `kept_count`); FAILED_PRECONDITION TOO_FEW_ROWS when fewer
// than largest_subset + dimension members would leave no volume by counting alone; FAILED_PRECONDITION
// COLUMNS_DEPENDENT naming the measure that is a combination of those before it, to 10 digits; RESOURCE_EXHAUSTED
// SEARCH_TOO_LARGE when the search passes kMostWilsonSteps; CANCELLED.
Result<WilsonOutliers> FindWilsonOutliers(const Observations& data, const std::vector<std::int32_t>& members,
                                          const WilsonOptions& options, const std::stop_token& stop);

}  // namespace farrell::dea
