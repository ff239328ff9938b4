// Constructed facts for tests of the report: plausible in shape, arbitrary in value, no data of anything real.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/reporting/engine/facts.h"

namespace farrell::reporting {

struct SampleShape {
  std::vector<std::string> units = {"Aldmoor",  "Brenwick", "Corrin",  "Dunleith", "Eastvale", "Farholm",
                                    "Glenrock", "Harlow",   "Inverey", "Jarrow",   "Kelso",    "Lorne"};
  std::int64_t first_period = 2010;
  int period_count = 4;
  // Groups of units, in turn.
  std::vector<std::string> groups = {"east", "central", "west"};
};

// One of everything: an evaluation, two regressions, a comparison, descriptives, all kinds of tables and figures, a
// claim. Forty clusters or more, period effects, CR3 and wild bootstrap: only W01, W02, W11, W15 and W18 fire.
ReportFacts SampleFacts(const SampleShape& shape = {});

// A complete inference over the terms of `fit`.
InferenceFacts SampleInference(InferenceType type, const FitFacts& fit, std::int64_t clusters);

// A fit with the terms log(ai) and urban, state and year effects, CR3 and a wild bootstrap.
FitFacts SampleFit(const std::string& id, double slope, double std_error, std::int64_t clusters);

}  // namespace farrell::reporting
