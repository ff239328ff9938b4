#include "services/dea/engine/inference/draws.h"

#include <algorithm>
#include <array>

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

std::int64_t Position(double uniform, std::int64_t count) {
  return std::min(count - 1, static_cast<std::int64_t>(uniform * static_cast<double>(count)));
}

}  // namespace farrell::dea
