// How complete the periods of a table are against what is expected of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/data/engine/table.h"

namespace farrell::data {

// Empty units: all of the table. Empty variables: for every period the number columns that have any value in the period
// before; for the first period, those that have any there.
struct Expected {
  std::vector<std::string> units;
  std::vector<std::string> variables;
};

struct VariableStanding {
  std::string variable;
  std::int64_t expected = 0;  // units
  std::int64_t present = 0;
  std::vector<std::string> missing_units;  // in increasing order, the first kMostMissingUnits
};
inline constexpr std::size_t kMostMissingUnits = 100;

struct PeriodStanding {
  std::optional<std::int64_t> period;  // unset for a cross-section
  std::int64_t expected = 0;           // cells
  std::int64_t present = 0;
  std::vector<VariableStanding> variables;
  bool complete() const { return present == expected; }
};

// In increasing order of period.
std::vector<PeriodStanding> StandingOf(const Table& table, const Expected& expected);

}  // namespace farrell::data
