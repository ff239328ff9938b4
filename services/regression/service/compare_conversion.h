// Comparisons between the contract and the engine.
#pragma once

#include <string>
#include <vector>

#include "common/panel/panel.h"
#include "common/status/status.h"
#include "farrell/regression/v1/regression.pb.h"
#include "services/regression/engine/compare.h"

namespace farrell::regression {

// As FitSpecsFromProto (fit_conversion.h).
Result<CompareSpec> CompareSpecFromProto(const v1::CompareRequest& request, const std::string& prefix);

// "holm", "bh", "romano-wolf", "none"; "all", "term", "equation".
const char* AdjustmentName(Adjustment adjustment);
const char* FamilyName(Family family);

// Columns and expressions to ask the data service for.
std::vector<std::string> ColumnsOf(const CompareSpec& spec);

// Everything that is a function of specification and data; provenance, origin and `where` are left to the caller.
v1::CompareResult ToProto(const Panel& panel, const CompareSpec& spec, const CompareResult& result);

}  // namespace farrell::regression
