// Fits between the contract and the engine.
#pragma once

#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "farrell/regression/v1/regression.pb.h"
#include "services/regression/engine/fit.h"

namespace farrell::regression {

// The engine's specifications with every default written out. Every bad field at once: INVALID_ARGUMENT with reason
// FORMULA_INVALID (metadata `position`) when the formula is among them, else REQUEST_INVALID; paths begin with
// `prefix`.
// One specification a formula: a stepwise formula stands for several.
Result<std::vector<FitSpec>> FitSpecsFromProto(const v1::FitRequest& request, const std::string& prefix);

// Columns and expressions to ask the data service for.
std::vector<std::string> ColumnsOf(const FitSpec& spec);

// Everything that is a function of specification and data; provenance, origin and `where` are left to the caller.
v1::FitResult ToProto(const Panel& panel, const FitSpec& spec, const FitResult& result);

}  // namespace farrell::regression
