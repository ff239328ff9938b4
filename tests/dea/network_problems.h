// Small two-stage systems for tests: written by hand, or random with ties, duplicates, zeros and wild scales.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/dea/engine/network.h"

namespace farrell::dea::testing {

struct NetworkProblem {
  NetworkObservations data;
  NetworkModel model;  // columns are named x0, ..., z0, ..., y0, ...
  std::string description;
};

// A cross-section; `cells` row-major: inputs, intermediates, outputs.
NetworkProblem MakeNetwork(int input_count, int intermediate_count, int output_count, std::vector<double> cells);

// The problem of that number, the same on every machine: 2 to `largest` units.
NetworkProblem MakeRandomNetwork(std::uint64_t number, int largest);

// Every unit of a problem, on the calling thread.
std::vector<NetworkScore> Evaluate(const NetworkProblem& problem);

const char* Name(Decomposition decomposition);

}  // namespace farrell::dea::testing
