// What differs between two releases of one table, cell by cell.
#pragma once

#include <map>
#include <string>

#include "common/panel/panel.h"
#include "services/reporting/engine/facts_vintage.h"

namespace farrell::reporting {

// By column name; both panels have the same columns, and rows by unit and period. A value is revised when it is not the
// same number or text; a row that one panel lacks has no values there.
std::map<std::string, CellRevisions> CountRevisions(const farrell::Panel& own, const farrell::Panel& vintage);

}  // namespace farrell::reporting
