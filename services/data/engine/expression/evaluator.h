// Expressions over a table. The language is described in data.proto, "Expressions".
#pragma once

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "services/data/engine/table.h"

namespace farrell::data::expression {

// Rows whose result must be a finite number or missing, one flag a row. nullptr: all of them. Elsewhere a result that
// does not exist is +infinity, which fails again wherever it is used.
using CheckedRows = const std::vector<bool>*;

// The column an expression computes over all rows of the table, by the table's keys. Its name and its `expression` are
// the text. A bare column name gives the table's own column. Errors, INVALID_ARGUMENT: EXPRESSION_INVALID (every
// unknown name at once, metadata `position`, caret in the message); COLUMN_NOT_FOUND when the text is nothing but an
// unknown name; NOT_NUMERIC; NOT_FINITE; DUPLICATE_KEY when a by-unit function meets several rows for one unit and
// period. CANCELLED when `stop` fires.
Result<ColumnPtr> Evaluate(std::string_view expression, const Table& table, const std::stop_token& stop = {},
                           CheckedRows checked = nullptr);

}  // namespace farrell::data::expression
