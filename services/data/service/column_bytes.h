// The stored form of a column's cells, in (unit, time) order.
//
// Numbers: one byte a row (0 present, 1 missing), then the doubles in little-endian order, 0 where missing. Texts: for
// each its length in four little-endian bytes, then its bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/status/status.h"
#include "services/data/engine/table.h"

namespace farrell::data {

std::string EncodeCells(const Column& column, const std::vector<std::size_t>& order);

// The cells, put back into row order. DATA_LOSS, reason STORE_CORRUPT, when the bytes do not hold order.size() cells.
Status DecodeCells(std::string_view bytes, bool is_text, const std::vector<std::size_t>& order, Column& column);

// The permutation of rows as four little-endian bytes each; empty when the rows are in order already.
std::string EncodeOrder(const std::vector<std::size_t>& order);
Result<std::vector<std::size_t>> DecodeOrder(std::string_view bytes, std::size_t row_count);

}  // namespace farrell::data
