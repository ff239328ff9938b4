// Random draws of the bootstraps: functions of (seed, replication, index) alone.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <vector>

namespace farrell::dea {

// Two independent uniforms on the open interval (0, 1): (k + 1/2) / 2^52 from the two halves of the Philox block at
// (seed, stream = replication, index).
struct UniformPair {
  double first = 0;
  double second = 0;
};
UniformPair DrawUniforms(std::int64_t seed, std::int64_t replication, std::int64_t index);

// The standard normal quantile of u in (0, 1), by the rational approximations of Wichura (1988, AS 241): relative error
// about 1e-15, without the iterations of numeric::NormalQuantile, which would take a third of a bootstrap's time.
double NormalFromUniform(double u);

// A position in [0, count) from a uniform.
std::int64_t Position(double uniform, std::int64_t count);

// What an index stands for. Rows use their own number, so every purpose has a range of its own.
inline constexpr std::int64_t kUnitDraws = std::int64_t{1} << 40;          // + code of the unit
inline constexpr std::int64_t kSecondPeriodDraws = std::int64_t{1} << 41;  // + row: noise of the second of two periods
inline constexpr std::int64_t kSubsampleDraws = std::int64_t{1} << 42;     // + row: who is in a subsample

// Runs all replications of `engine` on this thread and leaves their draws in `draws`; false when stopped. Memory grows
// as it is filled: making hundreds of megabytes at once would take longer than a stop request may wait.
template <typename Engine>
bool RunAll(const Engine& engine, std::int64_t count, std::vector<double>& draws, const std::stop_token& stop,
            const std::function<void(std::int64_t)>& done) {
  constexpr std::size_t kBlock = 1'000'000;
  const std::size_t row = engine.row_length();
  draws.reserve(engine.draw_count());
  const auto step = static_cast<std::int64_t>(std::max<std::size_t>(1, kBlock / std::max<std::size_t>(1, row)));
  for (std::int64_t first = 0; first < count; first += step) {
    const std::int64_t last = std::min(count, first + step);
    draws.resize(static_cast<std::size_t>(last) * row);
    if (!engine.Run(first, last, draws.data() + static_cast<std::size_t>(first) * row, stop, done)) return false;
  }
  return true;
}

// Chooses `count` of the holders of `codes` without replacement: those with the smallest of the uniforms that their
// codes name, so the choice does not depend on the order they come in. One flag for each.
std::vector<char> Choose(std::int64_t seed, std::int64_t replication, const std::vector<std::int32_t>& codes,
                         std::size_t count);

}  // namespace farrell::dea
