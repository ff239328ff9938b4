// How often nominal intervals hold the truth: Monte Carlo on technologies whose distances are known (samples.h).
#pragma once

#include <cstdint>

#include "services/dea/engine/inference/bootstrap.h"
#include "services/dea/engine/inference/group_means.h"
#include "services/dea/engine/inference/malmquist_bootstrap.h"
#include "services/dea/engine/inference/rts_hypothesis.h"
#include "services/dea/engine/model.h"

namespace farrell::dea::testing {

// One technology and sample size; samples are numbered, the same on every machine.
struct Design {
  int units = 100;
  int inputs = 1;      // and one output
  double scale = 0.5;  // returns to scale of the truth, 1 = constant
  ReturnsToScale rts = ReturnsToScale::kVrs;
  Orientation orientation = Orientation::kOutput;
  int periods = 1;         // more: a panel (SimulatePanel) under one frontier, with one input, output orientation
  double persistence = 0;  // of inefficiency in a panel
};

struct Coverage {
  double covered = 0;  // share of intervals that hold the true distance
  double width = 0;    // mean width in the distance
  double bias = 0;     // mean of estimate - truth
  double corrected_bias = 0;
  double ranks_covered = 0;  // with BootstrapOptions::ranks
};

// Over all units of `samples` samples.
Coverage ScoreCoverage(const Design& design, const BootstrapOptions& options, int samples);

struct MeanCoverage {
  double covered = 0;   // intervals that hold E(1 / d) = 3/4
  double width = 0;     // of the interval
  double rejected = 0;  // two groups of one population, at 1 - confidence level
};
MeanCoverage GroupMeanCoverage(const Design& design, const GroupMeanOptions& options, int samples);

// Intervals of the Malmquist index and its parts that hold the true change; the frontier moves by a fifth.
struct ChangeCoverage {
  double index = 0;
  double efficiency = 0;
  double technical = 0;
};
ChangeCoverage MalmquistCoverage(int units, const MalmquistBootstrapOptions& options, int samples);

// Share of samples in which constant returns are rejected.
double RtsRejections(const Design& design, const RtsTestOptions& options, int samples);

}  // namespace farrell::dea::testing
