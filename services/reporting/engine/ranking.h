// Scores summarised by unit: the basis of the ranking table, the ranking figure and the heat map's order.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/reporting/engine/facts.h"

namespace farrell::reporting {

// Scores that differ by no more tie.
inline constexpr double kScoreTie = 1e-9;

struct RankedUnit {
  std::string unit;
  // Competition ranking of the means ("1224"); means within 1e-9 tie. 0: the unit has no score.
  int rank = 0;
  bool tied = false;
  std::optional<double> first;
  std::optional<double> last;
  std::optional<double> mean;
  std::optional<double> min;
  std::optional<double> max;
  std::int64_t scored_count = 0;
  // Unit-periods (of other units) that this unit helps to judge.
  std::int64_t judged_count = 0;
  // Scores of 1 (within 1e-9).
  std::int64_t efficient_count = 0;
  // Peers of the last period scored, by descending weight.
  std::vector<PeerFacts> last_peers;
  // Its only peer in the last period is itself.
  bool own_peer = false;
};

// By rank, ties by name; units without a score last. Reference-only rows are no units of the ranking.
std::vector<RankedUnit> RankUnits(const DeaFacts& dea);

// The first and the last units of a long ranking, `most` together, so that a figure stays readable; `note` becomes a
// sentence about those left out, or stays as it is when all are shown.
std::vector<RankedUnit> ShownUnits(std::vector<RankedUnit> units, std::size_t most, std::string& note,
                                   const Words& words = {});

// Periods with at least one score, ascending; empty for a cross-section.
std::vector<std::int64_t> ScoredPeriods(const DeaFacts& dea);

// "output-oriented, constant returns to scale, global frontier".
std::string DescribeModel(const DeaFacts& dea, const Words& words = {});

// "constant returns to scale", as in DeaFacts::rts; "one frontier over all periods (global)", as in DeaFacts::frontier.
std::string ReturnsWords(const std::string& rts, const Words& words);
std::string FrontierWords(const std::string& frontier, const Words& words);

}  // namespace farrell::reporting
