// Samples for tests of inference.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/dea/engine/inference/sample.h"
#include "services/dea/engine/model.h"

namespace farrell::dea::testing {

// Whether FARRELL_LONG is set: the full count of random problems.
bool LongRun();

// The 19 plants of P13 (Simar & Wilson 1998) in (unit, time) order, and their names.
struct Plants {
  Sample sample;
  std::vector<std::string> names;
};
Plants LoadPlants();

// A technology whose true distances are known: x uniform on [1, 2] for every input, y = prod x^(scale / p) exp(-u), u
// exponential with mean 1/3. scale = 1: constant returns; below 1: variable returns, a convex set.
struct Simulated {
  Sample sample;
  std::vector<double> distances;  // exp(u), or its power 1 / scale in the input orientation
};
Simulated Simulate(std::uint64_t seed, int units, int input_count, double scale, Orientation orientation);

}  // namespace farrell::dea::testing
