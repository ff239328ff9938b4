#include "services/dea/engine/inference/draws.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/numeric/random.h"

namespace farrell::dea {
namespace {

double Uniform(std::uint32_t low, std::uint32_t high) {
  const std::uint64_t bits = ((std::uint64_t{high} << 32U) | low) >> 12U;
  return (static_cast<double>(bits) + 0.5) * 0x1p-52;
}

}  // namespace

UniformPair DrawUniforms(std::int64_t seed, std::int64_t replication, std::int64_t index) {
  const std::array<std::uint32_t, 4> words = numeric::RandomWords(seed, replication, index);
  return {Uniform(words[0], words[1]), Uniform(words[2], words[3])};
}

std::vector<char> Choose(std::int64_t seed, std::int64_t replication, const std::vector<std::int32_t>& codes,
                         std::size_t count) {
  std::vector<std::pair<double, std::size_t>> keys(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    keys[i] = {DrawUniforms(seed, replication, kSubsampleDraws + codes[i]).first, i};
  }
  const auto middle = keys.begin() + static_cast<std::ptrdiff_t>(count);
  std::nth_element(keys.begin(), middle, keys.end());
  std::vector<char> chosen(codes.size(), 0);
  for (auto key = keys.begin(); key != middle; ++key) chosen[key->second] = 1;
  return chosen;
}

std::int64_t Position(double uniform, std::int64_t count) {
  return std::min(count - 1, static_cast<std::int64_t>(uniform * static_cast<double>(count)));
}

}  // namespace farrell::dea
