// The layout of a tile map: a CSV file with the columns unit, row, column and, optionally, label.
#pragma once

#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "services/reporting/engine/facts.h"

namespace farrell::reporting {

// Rows and columns are 0-based and at most 99. Errors: INVALID_ARGUMENT LAYOUT_INVALID with every bad line ("line 3").
Result<std::vector<TileFacts>> ReadLayout(std::string_view csv);

}  // namespace farrell::reporting
