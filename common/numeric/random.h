// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011).
//
// A draw is a function of (seed, stream, index) and nothing else: no state, so results depend neither on the number of
// threads nor on the order of work. Bootstraps use stream = replication and index = cluster (or unit).
#pragma once

#include <array>
#include <cstdint>

namespace farrell::numeric {

// Ten rounds of Philox on a 128-bit counter under a 64-bit key; words in the order of the authors' known-answer tests.
std::array<std::uint32_t, 4> Philox4x32(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key);

// The four words at (seed, stream, index): key = seed, counter = (index low, index high, stream low, stream high).
std::array<std::uint32_t, 4> RandomWords(std::int64_t seed, std::int64_t stream, std::int64_t index);

// Uniform on the open interval (0, 1): (k + 1/2) / 2^52.
double UniformDraw(std::int64_t seed, std::int64_t stream, std::int64_t index);
// Standard normal, by inversion of UniformDraw.
double NormalDraw(std::int64_t seed, std::int64_t stream, std::int64_t index);
// -1 or +1 with probability one half each: bit c % 32 of word c / 32 % 4 at index c / 128 says minus. One block of
// words serves 128 clusters.
double RademacherDraw(std::int64_t seed, std::int64_t replication, std::int64_t cluster);
// Webb's (2014) six points -sqrt(3/2), -1, -sqrt(1/2), sqrt(1/2), 1, sqrt(3/2), with probability 1/6 each: their number
// from 0 on. Word c % 4 at index c / 4.
int WebbPoint(std::int64_t seed, std::int64_t replication, std::int64_t cluster);
double WebbValue(int point);
double WebbDraw(std::int64_t seed, std::int64_t replication, std::int64_t cluster);

}  // namespace farrell::numeric
