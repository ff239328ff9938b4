// The keys of a table from its columns: the ones it was imported with, or others named for one analysis.
#pragma once

#include <string>

#include "common/status/status.h"
#include "services/data/engine/table.h"

namespace farrell::data {

// Units and times of `row_count` rows. The unit column is text, or integers that are then written as text; the time
// column is integers. Empty unit_key: units are 1, 2, …; empty time_key: a cross-section. Duplicates are not checked.
// Errors: INVALID_ARGUMENT, reason COLUMN_NOT_FOUND or KEY_INVALID naming the cells that cannot be keys.
Result<KeysPtr> KeysOf(const Table& table, const std::string& unit_key, const std::string& time_key,
                       std::size_t row_count);

// INVALID_ARGUMENT, reason DUPLICATE_KEY, naming the rows whose (unit, time) is not theirs alone.
Status CheckUnique(const Table& table, const Keys& keys);

// INVALID_ARGUMENT, reason COLUMN_NOT_FOUND, with the nearest name there is. `field` is the path of the request field.
Status ColumnNotFound(const Table& table, const std::string& name, const std::string& field);

}  // namespace farrell::data
