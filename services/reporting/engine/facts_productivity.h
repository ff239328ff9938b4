// Facts of a productivity index: its change from the period before, and the parts of it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/reporting/engine/facts_result.h"

namespace farrell::reporting {

struct ProductivityChange {
  std::string unit;
  // The later period.
  std::int64_t time = 0;
  // 1: no change. Unset where a program has no solution.
  std::optional<double> index;
  std::optional<double> efficiency_change;
  std::optional<double> technical_change;
};

struct ProductivityFacts {
  std::string id;
  std::string label;
  // "malmquist", "global", "luenberger", …: of a Luenberger index changes are differences, and 0 is no change.
  std::string index;
  // In (unit, time) order.
  std::vector<ProductivityChange> changes;
  std::vector<WarningFacts> warnings;
  ResultProvenance provenance;

  bool is_difference() const {
    return index.find("luenberger") != std::string::npos && index.find("malmquist") == std::string::npos;
  }
};

}  // namespace farrell::reporting
