#include "services/regression/engine/levels.h"

namespace farrell::regression {

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
