// Facts of a decomposition of a total association into channels.
#pragma once

#include <string>

#include "services/reporting/engine/facts_regression.h"

namespace farrell::reporting {

// ln y = ln score + ln target holds row by row for one output, output orientation and one frontier; the same right side
// on the same rows therefore splits a coefficient exactly.
struct ChannelsFacts {
  std::string id;
  std::string label;
  std::string dea;
  // Log output, log score, log target (what the inputs would allow).
  FitFacts total;
  FitFacts efficiency;
  FitFacts inputs;
};

}  // namespace farrell::reporting
