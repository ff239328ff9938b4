// One reference set as a sample: what a bootstrap resamples, and whom it scores.
#pragma once

#include <cstdint>
#include <vector>

#include "common/status/status.h"
#include "services/dea/engine/observations.h"
#include "services/dea/engine/reference_set.h"

namespace farrell::dea {

struct Sample {
  int input_count = 0;
  int output_count = 0;
  std::vector<double> cells;            // row-major: inputs then outputs of each member; finite and >= 0
  std::vector<std::int32_t> rows;       // row of each member among the observations, ascending; names its random draws
  std::vector<std::int32_t> evaluated;  // positions of the members that are scored, ascending
  std::vector<std::int32_t> units;      // code of each member's unit, equal codes adjacent; empty: one row a unit
  std::vector<std::int64_t> times;      // period of each member; empty for a cross-section

  std::size_t size() const { return rows.size(); }
  std::size_t dimension() const {
    return static_cast<std::size_t>(input_count) + static_cast<std::size_t>(output_count);
  }
  const double* row(std::size_t member) const { return cells.data() + member * dimension(); }
};

// One sample for every reference set, in their order; members without a score span the frontier only. `unit_of_row`
// holds a code for every observation, equal for the rows of one unit; empty: no two rows share a unit.
std::vector<Sample> MakeSamples(const Observations& data, const ReferenceSets& sets,
                                const std::vector<std::int32_t>& unit_of_row);

// The largest sample that is resampled, and the most numbers kept of all replications (0.8 GB).
inline constexpr std::size_t kMostMembers = 100'000;
inline constexpr std::size_t kMostDraws = 100'000'000;

// FAILED_PRECONDITION SAMPLE_TOO_LARGE, TOO_MANY_DRAWS: more members, or more replications times numbers kept of each,
// than that.
Status CheckSize(std::size_t member_count, std::size_t row_length, std::int64_t replication_count);

// A sample of all rows of a table, every one scored.
Sample MakeSample(int input_count, int output_count, std::vector<double> cells);

}  // namespace farrell::dea
