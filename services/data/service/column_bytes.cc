#include "services/data/service/column_bytes.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <numeric>

namespace farrell::data {
namespace {

static_assert(std::endian::native == std::endian::little, "stored columns are little-endian");

Status Damaged() {
  return {Code::kDataLoss, "STORE_CORRUPT", "a stored column is damaged: its bytes have the wrong length"};
}

template <typename T>
void AppendValue(T value, std::string& out) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof(T));
  out.append(bytes, sizeof(T));
}

template <typename T>
T ReadValue(std::string_view bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(T));
  return value;
}

}  // namespace

std::string EncodeCells(const Column& column, const std::vector<std::size_t>& order) {
  std::string bytes;
  if (column.is_text) {
    for (const std::size_t row : order) {
      AppendValue(static_cast<std::uint32_t>(column.texts[row].size()), bytes);
      bytes += column.texts[row];
    }
    return bytes;
  }
  bytes.reserve(order.size() * 9);
  for (const std::size_t row : order) bytes += std::isnan(column.numbers[row]) ? '\1' : '\0';
  for (const std::size_t row : order) {
    const double value = column.numbers[row];
    AppendValue(std::isnan(value) ? 0.0 : value, bytes);
  }
  return bytes;
}

Status DecodeCells(std::string_view bytes, bool is_text, const std::vector<std::size_t>& order, Column& column) {
  column.is_text = is_text;
  const std::size_t rows = order.size();
  if (!is_text) {
    if (bytes.size() != rows * 9) return Damaged();
    column.numbers.resize(rows);
    for (std::size_t position = 0; position < rows; ++position) {
      column.numbers[order[position]] =
          bytes[position] == '\1' ? kMissing : ReadValue<double>(bytes, rows + position * sizeof(double));
    }
    return Status::Ok();
  }
  column.texts.resize(rows);
  std::size_t offset = 0;
  for (std::size_t position = 0; position < rows; ++position) {
    if (bytes.size() - offset < sizeof(std::uint32_t)) return Damaged();
    const std::size_t length = ReadValue<std::uint32_t>(bytes, offset);
    offset += sizeof(std::uint32_t);
    if (bytes.size() - offset < length) return Damaged();
    column.texts[order[position]].assign(bytes.substr(offset, length));
    offset += length;
  }
  return offset == bytes.size() ? Status::Ok() : Damaged();
}

std::string EncodeOrder(const std::vector<std::size_t>& order) {
  std::string bytes;
  bool sorted = true;
  for (std::size_t position = 0; position < order.size(); ++position) sorted = sorted && order[position] == position;
  if (sorted) return bytes;
  bytes.reserve(order.size() * sizeof(std::uint32_t));
  for (const std::size_t row : order) AppendValue(static_cast<std::uint32_t>(row), bytes);
  return bytes;
}

Result<std::vector<std::size_t>> DecodeOrder(std::string_view bytes, std::size_t row_count) {
  std::vector<std::size_t> order(row_count);
  if (bytes.empty()) {
    std::iota(order.begin(), order.end(), std::size_t{0});
    return order;
  }
  if (bytes.size() != row_count * sizeof(std::uint32_t)) return Damaged();
  std::vector<bool> seen(row_count, false);
  for (std::size_t position = 0; position < row_count; ++position) {
    order[position] = ReadValue<std::uint32_t>(bytes, position * sizeof(std::uint32_t));
    if (order[position] >= row_count || seen[order[position]]) return Damaged();
    seen[order[position]] = true;
  }
  return order;
}

}  // namespace farrell::data
