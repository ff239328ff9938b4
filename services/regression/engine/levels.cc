#include "services/regression/engine/levels.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

namespace farrell::regression {
namespace {

// Cells of a table of ranks: this many, or four a row.
constexpr std::uint64_t kSmallTable = 1U << 16U;
// Integers up to here are doubles one by one.
constexpr double kLargestInteger = 9007199254740992.0;

// Numbers of keys in the order they appear first: open addressing, at most half full.
class KeyNumbers {
 public:
  KeyNumbers() : slots_(1024, -1) {}

  std::int32_t Number(std::int64_t key) {
    std::size_t at = Slot(key);
    for (; slots_[at] >= 0; at = (at + 1) & (slots_.size() - 1)) {
      if (keys_[static_cast<std::size_t>(slots_[at])] == key) return slots_[at];
    }
    const auto number = static_cast<std::int32_t>(keys_.size());
    keys_.push_back(key);
    slots_[at] = number;
    if (2 * keys_.size() > slots_.size()) Grow();
    return number;
  }
  const std::vector<std::int64_t>& keys() const { return keys_; }

 private:
  std::size_t Slot(std::int64_t key) const {
    // Fibonacci hashing: the high bits of the product.
    const std::uint64_t product = static_cast<std::uint64_t>(key) * 0x9E3779B97F4A7C15U;
    return static_cast<std::size_t>(product >> (64U - static_cast<unsigned>(std::countr_zero(slots_.size()))));
  }
  void Grow() {
    slots_.assign(4 * slots_.size(), -1);
    for (std::size_t number = 0; number < keys_.size(); ++number) {
      std::size_t at = Slot(keys_[number]);
      while (slots_[at] >= 0) at = (at + 1) & (slots_.size() - 1);
      slots_[at] = static_cast<std::int32_t>(number);
    }
  }

  std::vector<std::int64_t> keys_;
  std::vector<std::int32_t> slots_;
};

// Keys close together: a table with a cell for every integer from the smallest to the largest.
std::vector<std::int64_t> RankByTable(const std::vector<std::int64_t>& keys, std::int64_t least, std::uint64_t range,
                                      std::vector<std::int32_t>& ids) {
  const auto cell = [&](std::int64_t key) {
    return static_cast<std::size_t>(static_cast<std::uint64_t>(key) - static_cast<std::uint64_t>(least));
  };
  std::vector<std::int32_t> rank(static_cast<std::size_t>(range), -1);
  for (std::int64_t key : keys) rank[cell(key)] = 0;
  std::vector<std::int64_t> distinct;
  for (std::size_t k = 0; k < rank.size(); ++k) {
    if (rank[k] < 0) continue;
    rank[k] = static_cast<std::int32_t>(distinct.size());
    distinct.push_back(least + static_cast<std::int64_t>(k));
  }
  for (std::int64_t key : keys) ids.push_back(rank[cell(key)]);
  return distinct;
}

std::vector<std::int64_t> RankByHash(const std::vector<std::int64_t>& keys, std::vector<std::int32_t>& ids) {
  KeyNumbers numbers;
  for (std::size_t row = 0; row < keys.size(); ++row) {
    // Runs of one key, as in a sorted table, are looked up once.
    ids.push_back(row > 0 && keys[row] == keys[row - 1] ? ids.back() : numbers.Number(keys[row]));
  }
  std::vector<std::int64_t> distinct = numbers.keys();
  std::sort(distinct.begin(), distinct.end());
  std::vector<std::int32_t> rank(distinct.size());
  for (std::size_t k = 0; k < distinct.size(); ++k) {
    rank[static_cast<std::size_t>(numbers.Number(distinct[k]))] = static_cast<std::int32_t>(k);
  }
  for (std::int32_t& id : ids) id = rank[static_cast<std::size_t>(id)];
  return distinct;
}

// The distinct keys, increasing; `ids` becomes the position of every key among them.
std::vector<std::int64_t> Rank(const std::vector<std::int64_t>& keys, std::vector<std::int32_t>& ids) {
  ids.clear();
  ids.reserve(keys.size());
  if (keys.empty()) return {};
  const auto [least, most] = std::minmax_element(keys.begin(), keys.end());
  const std::uint64_t distance = static_cast<std::uint64_t>(*most) - static_cast<std::uint64_t>(*least);
  if (distance < std::max<std::uint64_t>(kSmallTable, 4 * keys.size())) {
    return RankByTable(keys, *least, distance + 1, ids);
  }
  return RankByHash(keys, ids);
}

// Bits of a double in the order of its value; the same map leads back.
std::int64_t OrderedBits(std::int64_t bits) {
  return bits < 0 ? bits ^ std::numeric_limits<std::int64_t>::max() : bits;
}

}  // namespace

Levels LevelsOfIntegers(std::string name, const std::vector<std::int64_t>& keys,
                        const std::function<std::string(std::int64_t key)>& label) {
  Levels levels;
  levels.name = std::move(name);
  for (std::int64_t key : Rank(keys, levels.ids)) levels.labels.push_back(label(key));
  return levels;
}

Levels LevelsOfReals(std::string name, const std::vector<double>& values,
                     const std::function<std::string(double value)>& label) {
  const bool integers = std::all_of(values.begin(), values.end(), [](double value) {
    return std::fabs(value) < kLargestInteger && value == std::trunc(value);
  });
  std::vector<std::int64_t> keys;
  keys.reserve(values.size());
  for (double value : values) {
    keys.push_back(integers ? static_cast<std::int64_t>(value) : OrderedBits(std::bit_cast<std::int64_t>(value + 0.0)));
  }
  return LevelsOfIntegers(std::move(name), keys, [&](std::int64_t key) {
    return label(integers ? static_cast<double>(key) : std::bit_cast<double>(OrderedBits(key)));
  });
}

Levels RestrictLevels(const Levels& levels, const std::vector<char>& keep) {
  std::vector<std::int32_t> number(levels.count(), -1);
  for (std::size_t row = 0; row < keep.size(); ++row) {
    if (keep[row] != 0) number[static_cast<std::size_t>(levels.ids[row])] = 0;
  }
  Levels result;
  result.name = levels.name;
  for (std::size_t level = 0; level < levels.count(); ++level) {
    if (number[level] < 0) continue;
    number[level] = static_cast<std::int32_t>(result.labels.size());
    result.labels.push_back(levels.labels[level]);
  }
  for (std::size_t row = 0; row < keep.size(); ++row) {
    if (keep[row] != 0) result.ids.push_back(number[static_cast<std::size_t>(levels.ids[row])]);
  }
  return result;
}

}  // namespace farrell::regression
