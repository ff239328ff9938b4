#include "common/panel/panel.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace farrell {
namespace {

template <typename T>
void Permute(std::vector<T>& values, const std::vector<std::size_t>& order) {
  if (values.empty()) return;
  std::vector<T> sorted;
  sorted.reserve(values.size());
  for (std::size_t index : order) sorted.push_back(std::move(values[index]));
  values = std::move(sorted);
}

}  // namespace

void SortPanel(Panel& panel) {
  std::vector<std::size_t> order(panel.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const bool has_time = panel.has_time();
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (const int by_unit = panel.units[a].compare(panel.units[b]); by_unit != 0) return by_unit < 0;
    return has_time && panel.times[a] < panel.times[b];
  });
  Permute(panel.units, order);
  Permute(panel.times, order);
  Permute(panel.rows, order);
  for (PanelColumn& column : panel.columns) {
    Permute(column.numbers, order);
    Permute(column.texts, order);
  }
}

}  // namespace farrell
