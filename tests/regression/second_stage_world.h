// A technology, distances and a second stage whose coefficients are known (after the design of Simar & Wilson 2007,
// section 5, with units observed in several periods).
//
//   log distance or distance = a + b z + e, e normal with sd sigma beyond the truncation, dependent over the periods of
//   a unit through the exceedance probabilities of a normal AR(1); z has a unit part and an AR(1) part; y = (prod
//   x_j^(scale / p)) / distance, x_j uniform on [6, 16]: the output orientation.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <string>

#include "common/panel/panel.h"
#include "services/dea/engine/model.h"
#include "services/regression/engine/second_stage/second_stage.h"

namespace farrell::regression::testing {

struct WorldDesign {
  int units = 30;
  int periods = 10;
  int inputs = 1;
  double scale = 1.0;  // of returns; scores assume constant returns where it is 1, else variable
  double constant = 0.5;
  double slope = 0.5;
  double sigma = 0.5;
  double persistence = 0.0;    // of e
  double z_persistence = 0.7;  // of z within a unit
  double z_unit_share = 0.5;   // variance of z between units
  // Moves all inputs by exp(this times z) as well.
  double input_response = 0.0;
  bool log = false;
  bool yearly_frontiers = false;
};

class World {
 public:
  World(const WorldDesign& design, std::int64_t seed);

  const Panel& panel() const { return panel_; }
  // Of the true distances.
  const Eigen::VectorXd& truth() const { return truth_; }
  // As DEA estimates them; `known`: the true ones instead.
  FrontierScores First(bool known = false) const;
  // The dea engine, in this thread.
  ScoreReplications Score() const;

 private:
  WorldDesign design_;
  Panel panel_;
  Eigen::VectorXd truth_;
};

// A specification with a formula.
SecondStageSpec SpecOf(const std::string& formula, SecondStageAlgorithm algorithm, std::int64_t replications,
                       std::int64_t seed = 1);

// Shares of samples whose intervals for the coefficient of z hold `target`, and means over the samples.
struct SecondStageCoverage {
  double percentile = 0.0;
  double recentred = 0.0;
  double normal = 0.0;  // estimate +- 1.96 standard errors
  double mean = 0.0;    // of bias-corrected estimates where there are any
  double sd = 0.0;
  double std_error = 0.0;
  double plain_mean = 0.0;
  int failed = 0;
};

// On `threads` threads; samples are seeds 1, 2, ...; `known` distances skip the first stage.
SecondStageCoverage Cover(const WorldDesign& design, const SecondStageSpec& spec, double target, int samples,
                          bool known = false, int threads = 2);

// The mean over samples of the least-squares coefficient of z from true log scores: what the joint bootstrap is after.
double LogScoreTarget(const WorldDesign& design, const std::string& formula, int samples);

}  // namespace farrell::regression::testing
