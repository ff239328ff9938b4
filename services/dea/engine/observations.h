// Observations: the rows of a panel as the linear programs see them, validated.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "services/dea/engine/model.h"

namespace farrell::dea {

enum class RowRole : std::uint8_t {
  kScored,         // spans frontiers and is scored
  kReferenceOnly,  // spans frontiers only
  kFrozenOut,      // is scored only
  kExcluded,       // neither
};

constexpr bool IsScored(RowRole role) { return role == RowRole::kScored || role == RowRole::kFrozenOut; }
constexpr bool SpansFrontiers(RowRole role) { return role == RowRole::kScored || role == RowRole::kReferenceOnly; }

// One row per unit-period, in (unit, time) order.
struct Observations {
  int input_count = 0;
  int output_count = 0;
  int bad_count = 0;
  std::vector<double> cells;         // row-major: inputs, outputs, bad outputs; finite unless excluded
  std::vector<double> directions;    // laid out as cells; empty unless the model's direction is made of columns
  std::vector<std::int64_t> times;   // empty for a cross-section
  std::vector<std::int32_t> groups;  // dense codes in order of the group's text; empty without groups
  std::vector<std::int32_t> metafrontier_groups;  // the same of the metafrontier column
  std::vector<RowRole> roles;
  std::int64_t rows_without_group = 0;  // their cell of the group column is empty; they are a group of their own

  std::size_t size() const { return roles.size(); }
  int dimension() const { return input_count + output_count + bad_count; }
  bool is_input(int measure) const { return measure < input_count; }
  bool is_output(int measure) const { return measure >= input_count && measure < input_count + output_count; }
  const double* row(std::size_t index) const { return cells.data() + index * static_cast<std::size_t>(dimension()); }
};

// The largest and smallest positive cell a model accepts; beyond them products of prices and data could overflow.
inline constexpr double kLargestCell = 1e100;
inline constexpr double kSmallestCell = 1e-100;

// Reads the model's columns from a panel sorted by (unit, time).
//
// Errors, all at once: INVALID_ARGUMENT MODEL_INVALID for the model itself (model_check.h; a window out of range);
// NOT_FOUND COLUMN_NOT_FOUND; INVALID_ARGUMENT DATA_INVALID naming unit, time, column and value of every missing,
// non-finite or out-of-range cell, every negative one unless AllowsNegativeData, every row without a positive input or
// output if NeedsPositiveSides, every direction that is 0 everywhere, every repeated unit-period and every row that is
// both reference-only and frozen out. Under InvalidDataPolicy::kExclude such rows get RowRole::kExcluded instead; the
// last two stay errors.
Result<Observations> MakeObservations(const Panel& panel, const Model& model);

}  // namespace farrell::dea
