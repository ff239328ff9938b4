// Facts of a data envelopment analysis: the model, every score, and what the warnings rest on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/reporting/engine/facts_result.h"

namespace farrell::reporting {

struct PeerFacts {
  std::string unit;
  std::optional<std::int64_t> time;
  double weight = 0;
};

// A bootstrap's view of one score.
struct ScoreIntervalFacts {
  // The score corrected for bias; may leave (0, 1].
  double corrected = 0;
  double conf_low = 0;
  double conf_high = 0;
  // Of the rank among all rows that one frontier judges; 1 is best.
  std::optional<double> rank_low;
  std::optional<double> rank_high;
};

enum class ScoreStatus { kOptimal, kInfeasible, kUnbounded, kReferenceOnly, kExcluded, kNotSolved };

struct ScoreFacts {
  std::string unit;
  std::optional<std::int64_t> time;
  ScoreStatus status = ScoreStatus::kOptimal;
  // In (0, 1]; unset unless optimal.
  std::optional<double> score;
  // With a metafrontier: the score against the own group, and score / group score.
  std::optional<double> group_score;
  std::optional<double> gap_ratio;
  std::vector<PeerFacts> peers;
  bool peers_unique = true;
  std::optional<double> scale_efficiency;
  // "increasing", "constant", "decreasing" or empty.
  std::string scale_class;
  std::optional<ScoreIntervalFacts> interval = {};
};

struct DeaFacts {
  std::string id;
  std::string label;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  // As on the command line: "radial", "sbm", …; "two-stage kao-hwang".
  std::string model = "radial";
  // "crs", "vrs", "nirs", "ndrs", "grs:L,U".
  std::string rts = "crs";
  // "input", "output", "none".
  std::string orientation = "input";
  // As on the command line: "contemporaneous", "global", "window:3", "global+group:region".
  std::string frontier = "contemporaneous";
  // Column whose groups have frontiers of their own; empty: none.
  std::string metafrontier;
  std::string where;
  // In (unit, time) order, reference-only and excluded rows included.
  std::vector<ScoreFacts> scores;
  std::int64_t optimal_count = 0;
  std::int64_t infeasible_count = 0;
  std::int64_t excluded_count = 0;
  // In [0, 1], over optimal rows.
  double share_at_one = 0;
  std::optional<std::int64_t> smallest_reference_count = {};
  // Largest gap and violation over all certificates.
  double worst_gap = 0;
  double worst_violation = 0;
  // "sw98", "ksw"; empty: none.
  std::string bootstrap = {};
  std::int64_t replication_count = 0;
  double confidence_level = 0.95;
  // A row is not in its own reference set: scores may exceed one, and programs may be infeasible.
  bool super_efficiency = false;
  std::vector<WarningFacts> warnings;
  ResultProvenance provenance;
};

}  // namespace farrell::reporting
