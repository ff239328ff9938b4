// Facts of tests of returns to scale.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/reporting/engine/facts_result.h"

namespace farrell::reporting {

// One null against variable returns on one reference set.
struct ReturnsToScaleTestFacts {
  // Empty: all rows.
  std::string reference_set;
  // Constant returns; otherwise non-increasing.
  bool null_is_constant = true;
  double statistic = 1;
  double critical_value = 1;
  double p_value = 1;
  bool rejected = false;
  std::int64_t unit_count = 0;
  std::int64_t replication_count = 0;
};

struct ReturnsToScaleFacts {
  std::string id;
  std::string label;
  // All periods of a unit were drawn together.
  bool by_unit = false;
  // Non-increasing returns stand only where constant ones are rejected.
  std::vector<ReturnsToScaleTestFacts> tests;
  std::vector<WarningFacts> warnings;
  ResultProvenance provenance;
};

}  // namespace farrell::reporting
