// What tables, figures and rules read from the diagnostics of a fit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "services/reporting/engine/facts.h"

namespace farrell::reporting {

// How far one level of a column moves a coefficient.
struct Influence {
  const TermFacts* term = nullptr;
  double estimate = 0;
  // Primary inference, all rows.
  std::optional<double> std_error = {};
  double low = 0;
  std::string low_level = {};
  double high = 0;
  std::string high_level = {};
  // The estimate farthest from that of all rows.
  double farthest = 0;
  std::string farthest_level = {};
  std::int64_t sign_changes = 0;
  // Levels left out.
  std::int64_t count = 0;
};

// One a term of `wanted` (empty: all but the constant) that was estimated with and without; empty without
// leave-one-out fits.
std::vector<Influence> InfluencesOf(const FitFacts& fit, const std::vector<std::string>& wanted);

// The first term that is not the constant; empty without one.
std::string FirstSlope(const FitFacts& fit);

// "[-0.02, 0.31]", "(-∞, 0.1] ∪ [0.4, ∞)", "empty"; empty when no set was computed.
std::string AndersonRubinSet(const InstrumentFacts& instruments, const Words& words);
// Some end of the set has no bound.
bool IsUnbounded(const InstrumentFacts& instruments);

// Pearson's correlation of the ranks (ties share their mean rank) of the scores that two evaluations have in common;
// unset with fewer than three. Spearman (1904).
std::optional<double> RankCorrelation(const DeaFacts& a, const DeaFacts& b);

}  // namespace farrell::reporting
