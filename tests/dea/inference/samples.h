// Samples for tests of inference.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/dea/engine/inference/malmquist_bootstrap.h"
#include "services/dea/engine/inference/sample.h"
#include "services/dea/engine/model.h"
#include "tests/support/long_run.h"

namespace farrell::dea::testing {

using farrell::testing::LongRun;

// The 19 plants of P13 (Simar & Wilson 1998) in (unit, time) order, and their names.
struct Plants {
  Sample sample;
  std::vector<std::string> names;
};
Plants LoadPlants();

// A technology whose true distances are known: y = prod x^(scale / p), scale = 1 for constant returns, below 1 for
// variable ones. Output orientation: inputs uniform on [1, 2] and y divided by d = exp(u), u exponential with mean 1/3.
// Input orientation: y^(1 / scale) uniform on [1, 2], the mix of inputs random, and all inputs multiplied by d. So d
// does not depend on where on the frontier a unit is, which the homogeneous bootstrap assumes.
struct Simulated {
  Sample sample;
  std::vector<double> distances;  // d
};
Simulated Simulate(std::uint64_t seed, int units, int input_count, double scale, Orientation orientation);

// A panel of `units` by `periods` rows in (unit, time) order, with units and times: y = x^scale exp(-u), x uniform on
// [1, 2], u exponential with mean 1/3 whose normal scores are correlated by `persistence` between the periods of a
// unit.
Simulated SimulatePanel(std::uint64_t seed, int units, int periods, double scale, double persistence);

// Two inputs, one output, constant returns; inefficiency u exponential with mean 1/4 in both periods, its normal scores
// correlated by 0.81, so that u persists and yet is dense at the frontier; the frontier moves up by `shift`.
struct SimulatedPeriods {
  TwoPeriods data;
  std::vector<double> efficiency_changes;  // true ones, one a unit; the technical change is `shift`
};
SimulatedPeriods SimulatePeriods(std::uint64_t seed, int units, double shift);

}  // namespace farrell::dea::testing
