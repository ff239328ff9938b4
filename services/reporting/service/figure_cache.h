// Figures drawn once: the SVG of a specification is kept in the store under a key of the specification and the
// renderer, so that a warm run starts no Node process.
#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/reporting/service/figure_process.h"
#include "services/reporting/service/step_store.h"

namespace farrell::reporting {

// Figure id → SVG: kept ones from the store, all others from one process, which are then kept. `skip_lookup` draws
// every figure. Errors: those of RenderFigures.
Result<std::map<std::string, std::string>> DrawFigures(StepStore& store, const std::vector<FigureSource>& figures,
                                                       const FigureProcessOptions& options, bool skip_lookup,
                                                       const std::stop_token& stop);

// Digest of the script and of the exact versions of its packages; empty when they cannot be read: nothing is kept then.
std::string RendererIdentity(const std::string& script);

}  // namespace farrell::reporting
