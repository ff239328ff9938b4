#include "services/reporting/engine/multiplicity.h"

#include <algorithm>
#include <cstddef>

namespace farrell::reporting {

namespace {

// Positions of the set p-values, the smallest first.
std::vector<std::size_t> Ascending(const std::vector<std::optional<double>>& p_values) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < p_values.size(); ++i) {
    if (p_values[i]) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return *p_values[a] < *p_values[b]; });
  return order;
}

}  // namespace

std::vector<std::optional<double>> HolmAdjusted(const std::vector<std::optional<double>>& p_values) {
  const std::vector<std::size_t> order = Ascending(p_values);
  std::vector<std::optional<double>> adjusted(p_values.size());
  double largest = 0;
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    const double scaled = *p_values[order[rank]] * static_cast<double>(order.size() - rank);
    largest = std::max(largest, std::min(1.0, scaled));
    adjusted[order[rank]] = largest;
  }
  return adjusted;
}

std::vector<std::optional<double>> BenjaminiHochbergAdjusted(const std::vector<std::optional<double>>& p_values) {
  const std::vector<std::size_t> order = Ascending(p_values);
  std::vector<std::optional<double>> adjusted(p_values.size());
  double smallest = 1;
  for (std::size_t rank = order.size(); rank-- > 0;) {
    const double scaled = *p_values[order[rank]] * static_cast<double>(order.size()) / static_cast<double>(rank + 1);
    smallest = std::min(smallest, scaled);
    adjusted[order[rank]] = smallest;
  }
  return adjusted;
}

std::string AdjustmentWord(const std::string& adjustment) {
  if (adjustment == "holm") return "Holm";
  if (adjustment == "bh") return "Benjamini-Hochberg";
  if (adjustment == "romano-wolf") return "Romano-Wolf";
  return {};
}

}  // namespace farrell::reporting
