#include "services/data/engine/digest.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "common/canonical/canonical.h"

namespace farrell::data {
namespace {

using canonical::Sha256Stream;
using canonical::Value;

constexpr std::size_t kBufferBytes = std::size_t{64} * 1024;

// Hashes in pieces of a buffer: one library call a cell would cost more than the hashing.
class BufferedHash {
 public:
  explicit BufferedHash(std::string_view domain) {
    Append(domain);
    Append(std::string_view("\0", 1));
  }
  void Append(std::string_view bytes) {
    buffer_.append(bytes);
    if (buffer_.size() >= kBufferBytes) Flush();
  }
  void AppendInteger(std::uint64_t value) {
    char bytes[8];
    for (std::size_t index = 8; index-- > 0; value >>= 8U) bytes[index] = static_cast<char>(value & 255U);
    Append(std::string_view(bytes, 8));
  }
  std::string Finish() {
    Flush();
    return stream_.Finish();
  }

 private:
  void Flush() {
    stream_.Update(buffer_);
    buffer_.clear();
  }
  Sha256Stream stream_;
  std::string buffer_;
};

// +0.0 turns -0.0 into +0.0 and leaves every other number alone.
std::uint64_t Bits(double value) { return std::bit_cast<std::uint64_t>(value + 0.0); }

std::string Encoded(const std::string& text) { return Value(text).Encode(); }

void AppendCell(const Column& column, std::size_t row, BufferedHash& hash) {
  if (column.IsMissing(row)) {
    hash.Append("null");
  } else if (column.is_text) {
    hash.Append(Encoded(column.texts[row]));
  } else {
    hash.Append("\"");
    hash.Append(canonical::Real(column.numbers[row]));
    hash.Append("\"");
  }
}

// Digest of one period, written as canonical::SliceDigest would write it, without building the value in memory.
std::string SliceOf(const Keys& keys, const std::vector<ColumnPtr>& by_name, const std::vector<std::string>& names,
                    const std::vector<std::size_t>& rows, const std::optional<std::int64_t>& period) {
  BufferedHash hash("farrell.slice.v1");
  hash.Append("{\"cells\":[");
  bool first = true;
  for (const std::size_t row : rows) {
    const std::string unit = Encoded(keys.units[row]);
    for (std::size_t index = 0; index < by_name.size(); ++index) {
      hash.Append(first ? "[" : ",[");
      first = false;
      hash.Append(unit);
      hash.Append(",");
      hash.Append(names[index]);
      hash.Append(",");
      AppendCell(*by_name[index], row, hash);
      hash.Append("]");
    }
  }
  hash.Append("],\"year\":");
  hash.Append(period ? std::to_string(*period) : "null");
  hash.Append("}");
  return hash.Finish();
}

}  // namespace

std::string ColumnDigest(const Column& column, const std::vector<std::size_t>& order) {
  BufferedHash hash("farrell.column.v1");
  hash.Append(column.is_text ? std::string_view("text\0", 5) : std::string_view("number\0", 7));
  hash.AppendInteger(order.size());
  for (const std::size_t row : order) {
    if (column.is_text) {
      hash.AppendInteger(column.texts[row].size());
      hash.Append(column.texts[row]);
    } else {
      const double value = column.numbers[row];
      const bool missing = std::isnan(value);
      hash.Append(missing ? std::string_view("\1", 1) : std::string_view("\0", 1));
      hash.AppendInteger(missing ? 0 : Bits(value));
    }
  }
  return hash.Finish();
}

std::vector<PeriodSlice> PeriodDigests(const Keys& keys, const std::vector<ColumnPtr>& columns) {
  std::vector<ColumnPtr> by_name;
  for (const ColumnPtr& column : columns) {
    if (column->name != keys.unit_key && column->name != keys.time_key) by_name.push_back(column);
  }
  std::sort(by_name.begin(), by_name.end(), [](const ColumnPtr& a, const ColumnPtr& b) { return a->name < b->name; });
  std::vector<std::string> names;
  names.reserve(by_name.size());
  for (const ColumnPtr& column : by_name) names.push_back(Encoded(column->name));

  std::vector<PeriodSlice> slices;
  if (!keys.has_time()) {
    slices.push_back({std::nullopt, SliceOf(keys, by_name, names, keys.order, std::nullopt),
                      static_cast<std::int64_t>(keys.size())});
    return slices;
  }
  std::map<std::int64_t, std::vector<std::size_t>> rows;  // each in unit order, because `order` is
  for (const std::size_t row : keys.order) rows[keys.times[row]].push_back(row);
  for (const auto& [period, members] : rows) {
    slices.push_back(
        {period, SliceOf(keys, by_name, names, members, period), static_cast<std::int64_t>(members.size())});
  }
  return slices;
}

std::string SnapshotDigest(const Table& table, const std::vector<std::string>& column_digests) {
  Value::Array columns;
  for (std::size_t index = 0; index < table.columns.size(); ++index) {
    const Column& column = *table.columns[index];
    columns.emplace_back(Value::Object{{"digest", column_digests[index]},
                                       {"expression", column.expression},
                                       {"label", column.label},
                                       {"name", column.name},
                                       {"source", column.source},
                                       {"type", column.is_text ? "text" : "number"},
                                       {"unit", column.unit}});
  }
  const Keys& keys = *table.keys;
  std::vector<std::size_t> identity(keys.order.size());
  std::iota(identity.begin(), identity.end(), std::size_t{0});
  Value row_order;
  if (keys.order != identity) {
    BufferedHash hash("farrell.order.v1");
    for (const std::size_t row : keys.order) hash.AppendInteger(row);
    row_order = hash.Finish();
  }
  return canonical::Digest("farrell.snapshot.v1", Value::Object{{"columns", std::move(columns)},
                                                                {"known_at", table.known_at},
                                                                {"row_count", static_cast<std::int64_t>(keys.size())},
                                                                {"row_order", std::move(row_order)},
                                                                {"source", table.source},
                                                                {"synthetic", table.synthetic},
                                                                {"time_key", keys.time_key},
                                                                {"unit_key", keys.unit_key}});
}

Result<SnapshotDigests> DigestTable(const Table& table, const std::stop_token& stop) {
  SnapshotDigests digests;
  for (const ColumnPtr& column : table.columns) {
    if (stop.stop_requested()) return Cancelled();
    digests.columns.push_back(ColumnDigest(*column, table.keys->order));
  }
  digests.periods = PeriodDigests(*table.keys, table.columns);
  if (stop.stop_requested()) return Cancelled();
  digests.snapshot = SnapshotDigest(table, digests.columns);
  return digests;
}

}  // namespace farrell::data
