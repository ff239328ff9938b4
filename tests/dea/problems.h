// Small DEA problems for tests: hand-written tables and random ones with ties, duplicates, zeros and wild scales.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/dea/engine/model.h"
#include "services/dea/engine/observations.h"
#include "tests/support/long_run.h"

namespace farrell::dea::testing {

using farrell::testing::LongRun;

// Every row, as the members of one reference set.
std::vector<std::int32_t> AllRows(const Observations& data);

// Observations of one cross-section, every row scored.
Observations MakeCrossSection(int input_count, int output_count, std::vector<double> cells);

struct RandomProblem {
  Observations data;
  ReturnsToScale rts = ReturnsToScale::kCrs;
  Orientation orientation = Orientation::kInput;
  std::string description;
};

// The problem of that number; the same on every machine. Cycles through technologies and orientations; n from 2 to
// `largest`; some problems have integer data (ties), repeated units, zeros, or columns in units from 1e-6 to 1e9.
RandomProblem MakeRandomProblem(std::uint64_t number, int largest);

const char* Name(ReturnsToScale rts);
const char* Name(Orientation orientation);

// A counter-based stream of numbers for tests (splitmix64, Steele, Lea & Flood 2014).
class TestRandom {
 public:
  explicit TestRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t Next();
  double Uniform();      // (0, 1)
  int Below(int limit);  // [0, limit)
  double Normal();       // sum of twelve uniforms minus six: no libm in between

 private:
  std::uint64_t state_;
};

}  // namespace farrell::dea::testing
