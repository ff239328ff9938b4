// What a second stage knows of the first: distances, and somebody who scores the same units against other frontiers.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"

namespace farrell::regression {

// Distances are at least 1 and grow with inefficiency: 1/theta, or phi.
struct FrontierScores {
  // Positions in the panel of the rows with a score, increasing, and their distances.
  std::vector<std::size_t> rows;
  Eigen::VectorXd distances;
  // phi (output orientation) instead of 1/theta.
  bool output_oriented = false;
  bool constant_returns = true;
  // One frontier for several periods.
  bool pooled_periods = false;
  // Units that span frontiers, in the order that FrontierDraw::units counts; the most that span one frontier.
  std::vector<std::string> units;
  std::int64_t frontier_unit_count = 0;
  // Distances converge as that number to the power of minus `rate`.
  double rate = 0.0;
};

// A frontier to score against.
struct FrontierDraw {
  // One a row of FrontierScores::rows: the row spans the frontier from where its distance is that many times what it
  // was. Empty: rows stay.
  Eigen::VectorXd factors;
  // Positions in FrontierScores::units of those that span it. Empty: all.
  std::vector<std::int32_t> units;
};

// One row a draw, one column a row of FrontierScores: distances to that frontier, 0 where nothing dominates. `done`
// hears how many draws are finished.
using ScoreReplications = std::function<Result<Eigen::MatrixXd>(const std::vector<FrontierDraw>& draws,
                                                                const std::function<void(std::int64_t done)>& done,
                                                                const std::stop_token& stop)>;

}  // namespace farrell::regression
