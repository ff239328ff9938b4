#include "services/data/engine/table.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace farrell::data {

bool Column::IsMissing(std::size_t row) const { return is_text ? texts[row].empty() : std::isnan(numbers[row]); }

std::int64_t Column::MissingCount() const {
  if (is_text) return std::count(texts.begin(), texts.end(), std::string());
  return std::count_if(numbers.begin(), numbers.end(), [](double value) { return std::isnan(value); });
}

std::string Keys::Describe(std::size_t row) const {
  std::string text = "unit " + units[row];
  if (has_time()) text += ", time " + std::to_string(times[row]);
  return text;
}

KeysPtr MakeKeys(std::string unit_key, std::string time_key, std::vector<std::string> units,
                 std::vector<std::int64_t> times) {
  auto keys = std::make_shared<Keys>();
  keys->unit_key = std::move(unit_key);
  keys->time_key = std::move(time_key);
  keys->units = std::move(units);
  keys->times = std::move(times);
  keys->order.resize(keys->units.size());
  std::iota(keys->order.begin(), keys->order.end(), std::size_t{0});
  const auto before = [&](std::size_t a, std::size_t b) {
    if (const int compared = keys->units[a].compare(keys->units[b]); compared != 0) return compared < 0;
    return keys->has_time() && keys->times[a] < keys->times[b];
  };
  // Files usually come sorted; finding that out costs one pass.
  if (!std::is_sorted(keys->order.begin(), keys->order.end(), before)) {
    std::stable_sort(keys->order.begin(), keys->order.end(), before);
  }
  for (std::size_t position = 0; position < keys->order.size(); ++position) {
    if (position == 0 || keys->units[keys->order[position]] != keys->units[keys->order[position - 1]]) {
      keys->starts.push_back(position);
    }
  }
  if (!keys->order.empty()) keys->starts.push_back(keys->order.size());
  return keys;
}

std::vector<DuplicateRow> FindDuplicates(const Keys& keys) {
  std::vector<DuplicateRow> duplicates;
  std::size_t first = 0;
  for (std::size_t position = 1; position < keys.order.size(); ++position) {
    const std::size_t row = keys.order[position];
    const std::size_t previous = keys.order[first];
    const bool same =
        keys.units[row] == keys.units[previous] && (!keys.has_time() || keys.times[row] == keys.times[previous]);
    if (same) {
      duplicates.push_back({row, previous});
    } else {
      first = position;
    }
  }
  std::sort(duplicates.begin(), duplicates.end(),
            [](const DuplicateRow& a, const DuplicateRow& b) { return a.row < b.row; });
  return duplicates;
}

const Column* Table::Find(std::string_view name) const {
  for (const ColumnPtr& column : columns) {
    if (column->name == name) return column.get();
  }
  return nullptr;
}

}  // namespace farrell::data
