// Between the contract (farrell/regression/v1) and the engine. The only place, with regression_service, that sees both
// worlds.
#pragma once

#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "farrell/regression/v1/regression.pb.h"
#include "services/regression/engine/compare.h"
#include "services/regression/engine/fit.h"

namespace farrell::regression {

// The engine's specification with every default written out. Every bad field at once: INVALID_ARGUMENT with reason
// FORMULA_INVALID (metadata `position`) when the formula is among them, else REQUEST_INVALID; paths begin with
// `prefix`.
Result<FitSpec> FitSpecFromProto(const v1::FitRequest& request, const std::string& prefix);
Result<CompareSpec> CompareSpecFromProto(const v1::CompareRequest& request, const std::string& prefix);

// Columns and expressions to ask the data service for.
std::vector<std::string> ColumnsOf(const FitSpec& spec);
std::vector<std::string> ColumnsOf(const CompareSpec& spec);

// Everything that is a function of specification and data; provenance, origin and `where` are left to the caller.
v1::FitResult ToProto(const Panel& panel, const FitSpec& spec, const FitResult& result);
v1::CompareResult ToProto(const Panel& panel, const CompareSpec& spec, const CompareResult& result);

}  // namespace farrell::regression
