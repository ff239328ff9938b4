// Runs Vega on Node to turn figure specifications into SVG: one process for all figures of a report, no network.
#pragma once

#include <chrono>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"

namespace farrell::reporting {

struct FigureProcessOptions {
  // Program; looked up in PATH unless it holds a slash.
  std::string node = "node";
  // services/reporting/figures/render.mjs, beside its node_modules.
  std::string script;
  std::chrono::milliseconds timeout{60000};
};

// Figure id and Vega-Lite JSON text.
struct FigureSource {
  std::string id;
  std::string spec;
};

// Figure id → SVG. Errors: FAILED_PRECONDITION FIGURES_UNAVAILABLE (Node, the script or its packages are missing; names
// the command that installs them), INVALID_ARGUMENT FIGURE_INVALID (every figure Vega refused), CANCELLED,
// DEADLINE_EXCEEDED, INTERNAL FIGURES_FAILED (the process died).
Result<std::map<std::string, std::string>> RenderFigures(const std::vector<FigureSource>& figures,
                                                         const FigureProcessOptions& options, std::stop_token stop);

}  // namespace farrell::reporting
