// Units by the groups of a classification, for tables with one row a group and one for all units.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "services/reporting/engine/facts.h"

namespace farrell::reporting {

struct UnitGroups {
  // Name and printed label in the order of the classification; last the empty name, which is all units.
  std::vector<std::pair<std::string, std::string>> rows;
  // Unit → name of its group; absent: in none.
  std::map<std::string, std::string> of_unit;
};

// `classification` may be null: all units alone.
UnitGroups GroupUnits(const ClassificationFacts* classification, const Words& words);

}  // namespace farrell::reporting
