#include "common/numeric/random.h"

#include <cmath>
#include <cstddef>

#include "common/numeric/distributions.h"

namespace farrell::numeric {
namespace {

struct HighLow {
  std::uint32_t high;
  std::uint32_t low;
};

HighLow Multiply(std::uint32_t a, std::uint32_t b) {
  const std::uint64_t product = std::uint64_t{a} * b;
  return {static_cast<std::uint32_t>(product >> 32U), static_cast<std::uint32_t>(product)};
}

}  // namespace

std::array<std::uint32_t, 4> Philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) {
  constexpr std::uint32_t kMultiplier0 = 0xD2511F53U;
  constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57U;
  constexpr std::uint32_t kWeyl0 = 0x9E3779B9U;
  constexpr std::uint32_t kWeyl1 = 0xBB67AE85U;
  for (int round = 0; round < 10; ++round) {
    const HighLow p0 = Multiply(kMultiplier0, counter[0]);
    const HighLow p1 = Multiply(kMultiplier1, counter[2]);
    counter = {p1.high ^ counter[1] ^ key[0], p1.low, p0.high ^ counter[3] ^ key[1], p0.low};
    key[0] += kWeyl0;
    key[1] += kWeyl1;
  }
  return counter;
}

std::array<std::uint32_t, 4> RandomWords(std::int64_t seed, std::int64_t stream, std::int64_t index) {
  const auto low = [](std::int64_t value) { return static_cast<std::uint32_t>(static_cast<std::uint64_t>(value)); };
  const auto high = [](std::int64_t value) {
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(value) >> 32U);
  };
  return Philox4x32({low(index), high(index), low(stream), high(stream)}, {low(seed), high(seed)});
}

double UniformDraw(std::int64_t seed, std::int64_t stream, std::int64_t index) {
  const auto words = RandomWords(seed, stream, index);
  const std::uint64_t bits = (std::uint64_t{words[0]} << 21U) ^ (std::uint64_t{words[1]} >> 11U);
  // 2^-53 (k + 1/2) would round to 1 for the largest k with 53 bits; 52 bits and a half keep the interval open.
  return (static_cast<double>(bits >> 1U) + 0.5) * 0x1p-52;
}

double NormalDraw(std::int64_t seed, std::int64_t stream, std::int64_t index) {
  return NormalQuantile(UniformDraw(seed, stream, index));
}

double RademacherDraw(std::int64_t seed, std::int64_t replication, std::int64_t cluster) {
  const auto words = RandomWords(seed, replication, cluster / 128);
  const std::uint32_t word = words[static_cast<std::size_t>(cluster / 32 % 4)];
  return (word >> static_cast<unsigned>(cluster % 32) & 1U) != 0U ? -1.0 : 1.0;
}

int WebbPoint(std::int64_t seed, std::int64_t replication, std::int64_t cluster) {
  const std::uint64_t word = RandomWords(seed, replication, cluster / 4)[static_cast<std::size_t>(cluster % 4)];
  return static_cast<int>((word * 6U) >> 32U);
}

double WebbValue(int point) {
  static const std::array<double, 6> points = {-std::sqrt(1.5), -1.0, -std::sqrt(0.5),
                                               std::sqrt(0.5),  1.0,  std::sqrt(1.5)};
  return points[static_cast<std::size_t>(point)];
}

double WebbDraw(std::int64_t seed, std::int64_t replication, std::int64_t cluster) {
  return WebbValue(WebbPoint(seed, replication, cluster));
}

}  // namespace farrell::numeric
