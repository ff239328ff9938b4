// What `farrell loadtest` prints.
#pragma once

#include <string>
#include <vector>

#include "cli/load_calls.h"
#include "cli/load_run.h"
#include "cli/options.h"

namespace farrell::cli {

struct LoadReport {
  std::string machine{};
  std::vector<std::string> servers{};
  LoadPlan plan{};
  LoadTable table{};
  LoadOutcome outcome{};
};

// "12 UNAVAILABLE, 1 INTERNAL"; empty without errors.
std::string DescribeErrors(const LoadCounts& counts);

// A row a kind that was called, then one of all; latencies in ms.
std::string Render(const LoadReport& report, Format format);

}  // namespace farrell::cli
