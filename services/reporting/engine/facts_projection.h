// Facts of a conditional projection: one regressor changed for some units in one period.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/reporting/engine/facts_result.h"

namespace farrell::reporting {

// A slope and both ends of its interval: everything of a projection is computed at each, in this order.
inline constexpr std::array<std::string_view, 3> kSlopePoints = {"estimate", "low", "high"};
using AtSlopePoints = std::array<std::optional<double>, kSlopePoints.size()>;

struct ProjectedUnitFacts {
  std::string unit;
  // As observed, above 0, and its score against the frontier as it was.
  double output = 0;
  double score = 0;
  // Scores against the frontier of the changed outputs; unset: not solved.
  AtSlopePoints reestimated = {};
};

struct RefusedUnitFacts {
  std::string unit;
  // The log regressor after the change minus the unit's own mean; unset: the regressions have no row of the unit in the
  // period.
  std::optional<double> deviation;
};

// Rows that were not changed and whose score falls when the frontier is estimated again.
struct OutsideFacts {
  std::int64_t row_count = 0;
  std::int64_t loser_count = 0;
  // Of the row that loses most; unset without losers.
  std::optional<double> largest_loss;
  std::string unit;
  std::optional<std::int64_t> time;
};

struct ProjectionFacts {
  std::string id;
  std::string label;
  // Id of the split into channels (ReportFacts::channels), the term changed, what it is the log of, and the output.
  std::string channels;
  std::string term;
  std::string variable_label;
  std::string output_label;
  // Above -1, not 0.
  double change = 0;
  std::int64_t period = 0;
  // Row filter beside the study's; empty: all units.
  std::string where;
  // Lowest and highest deviation of the log regressor from a unit's own mean, over the rows of the regressions.
  double lowest_deviation = 0;
  double highest_deviation = 0;
  std::vector<ProjectedUnitFacts> units;
  std::vector<RefusedUnitFacts> refused;
  std::array<OutsideFacts, kSlopePoints.size()> outside = {};
  std::vector<WarningFacts> warnings;
  // Of the evaluations, in the order of kSlopePoints.
  std::vector<ResultProvenance> provenance;
};

}  // namespace farrell::reporting
