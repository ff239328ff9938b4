#include "services/reporting/engine/unit_groups.h"

namespace farrell::reporting {

UnitGroups GroupUnits(const ClassificationFacts* classification, const Words& words) {
  UnitGroups groups;
  if (classification != nullptr) {
    for (const ClassificationFacts::Group& group : classification->groups) {
      groups.rows.emplace_back(group.name, group.label.empty() ? group.name : group.label);
      for (const std::string& member : group.members) groups.of_unit[member] = group.name;
    }
  }
  groups.rows.emplace_back("", words("All units"));
  return groups;
}

}  // namespace farrell::reporting
