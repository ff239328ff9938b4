#include "services/dea/engine/point_order.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace farrell::dea {

void OrderPoints(const double* points, std::size_t count, std::size_t d, std::vector<std::uint32_t>& order) {
  // The leading bits of a positive double grow like its logarithm: exponent and first digits make a coordinate.
  const auto logarithm = [](double value) { return std::bit_cast<std::uint64_t>(value) >> 32; };
  std::vector<std::uint64_t> least(d, ~std::uint64_t{0});
  std::vector<std::uint64_t> most(d, 0);
  for (std::size_t p = 0; p < count; ++p) {
    for (std::size_t i = 0; i < d; ++i) {
      if (!(points[p * d + i] > 0)) continue;
      const std::uint64_t value = logarithm(points[p * d + i]);
      least[i] = std::min(least[i], value);
      most[i] = std::max(most[i], value);
    }
  }
  const std::size_t bits = std::clamp<std::size_t>(32 / std::max<std::size_t>(d, 1), 1, 8);
  std::vector<std::uint64_t> keys(count);
  for (std::size_t p = 0; p < count; ++p) {
    std::uint64_t key = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(d, 32); ++i) {
      const double value = points[p * d + i];
      std::uint64_t cell = 0;
      if (value > 0 && most[i] > least[i]) {
        cell = ((logarithm(value) - least[i]) << bits) / (most[i] - least[i] + 1);
      }
      for (std::size_t bit = 0; bit < bits; ++bit) key |= (cell >> bit & 1) << (bit * d + i);
    }
    keys[p] = key << 32 | p;
  }
  std::sort(keys.begin(), keys.end());
  order.resize(count);
  for (std::size_t p = 0; p < count; ++p) order[p] = static_cast<std::uint32_t>(keys[p]);
}

}  // namespace farrell::dea
