// Levels of one classification (an effect, a cluster variable, a group) over the rows of a design.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace farrell::regression {

struct Levels {
  std::string name;
  // In sorted order: numbers by value, texts bytewise.
  std::vector<std::string> labels;
  // Level of every row, in [0, labels.size()).
  std::vector<std::int32_t> ids;

  std::size_t count() const { return labels.size(); }
};

// True when every level of `inner` lies inside one level of `outer`.
inline bool IsNested(const Levels& inner, const Levels& outer) {
  std::vector<std::int32_t> home(inner.count(), -1);
  for (std::size_t row = 0; row < inner.ids.size(); ++row) {
    std::int32_t& level = home[static_cast<std::size_t>(inner.ids[row])];
    if (level < 0) level = outer.ids[row];
    if (level != outer.ids[row]) return false;
  }
  return true;
}

// Rows classified by keys or by numbers (-0 is 0), levels in increasing order. Time is linear in the rows; `label` is
// asked once a level.
Levels LevelsOfIntegers(std::string name, const std::vector<std::int64_t>& keys,
                        const std::function<std::string(std::int64_t key)>& label);
Levels LevelsOfReals(std::string name, const std::vector<double>& values,
                     const std::function<std::string(double value)>& label);

// The rows marked in `keep`, with the levels that are left numbered anew in their order.
Levels RestrictLevels(const Levels& levels, const std::vector<char>& keep);

}  // namespace farrell::regression
