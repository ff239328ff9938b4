// The error of a text column that is used as a number.
#pragma once

#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/data/engine/table.h"

namespace farrell::data {

// One message and one violation for each cell that is not a number ("row 12, column gdp"), the first 1000.
struct NotNumericCells {
  std::string message;
  std::size_t count = 0;
  std::vector<FieldViolation> cells;
};
NotNumericCells FindNotNumeric(const Table& table, const Column& column);

}  // namespace farrell::data
