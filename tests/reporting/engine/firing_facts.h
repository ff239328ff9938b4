// For every referee rule, constructed facts that make it fire and near ones that do not.
#pragma once

#include <string>
#include <vector>

#include "services/reporting/engine/facts.h"

namespace farrell::reporting {

// Facts on which no rule fires.
ReportFacts QuietFacts();

struct FiringCase {
  std::string id;
  // Changes quiet facts so that the rule fires, or so that it just does not.
  void (*fires)(ReportFacts& facts);
  void (*silent)(ReportFacts& facts);
};
// W01 to W38, in order.
const std::vector<FiringCase>& FiringCases();

}  // namespace farrell::reporting
