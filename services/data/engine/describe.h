// Descriptive statistics and completeness of a view.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/data/engine/view.h"

namespace farrell::data {

// Over the cells present of one column in one group. Unset: not defined (no cells; one cell for a spread; a
// cross-section for the between and within spreads) or beyond the range of a double.
struct ColumnStatistics {
  std::string column;
  std::string group;  // value of the grouping column; empty: all rows, or rows where it is missing
  std::int64_t count = 0;
  std::int64_t missing_count = 0;
  std::optional<double> mean;
  std::optional<double> sd;          // divisor n-1
  std::optional<double> sd_between;  // of the unit means, divisor units-1 (Stata xtsum)
  std::optional<double> sd_within;   // of the deviations from the unit means plus the grand mean, divisor n-1
  std::optional<double> min, p25, median, p75, max;  // quantiles of type 7 (Hyndman & Fan 1996)
};

struct PeriodCompleteness {
  std::optional<std::int64_t> period;        // unset for a cross-section
  std::int64_t unit_count = 0;               // units with a row
  std::vector<std::int64_t> present_counts;  // cells present, by column of the view
};

struct Description {
  std::vector<ColumnStatistics> columns;  // by group, then in the order asked for
  std::vector<PeriodCompleteness> completeness;
};

// Describes view.columns over view.rows; `by` (may be null) groups the rows. Groups are in increasing order, numbers by
// value and texts bytewise, rows without a group last. The order of the file changes nothing.
// Errors: INVALID_ARGUMENT, reason NOT_NUMERIC, naming the cells of text columns; CANCELLED.
Result<Description> Describe(const View& view, const Column* by, const std::stop_token& stop = {});

}  // namespace farrell::data
