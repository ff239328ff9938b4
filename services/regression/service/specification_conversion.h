// Specification tests between the contract and the engine.
#pragma once

#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/regression/v1/regression.pb.h"
#include "services/regression/engine/specification/specification_tests.h"

namespace farrell::regression {

// Every bad field at once, names of tests excepted, which the engine checks.
Result<SpecificationSpec> SpecificationSpecFromProto(const v1::TestSpecificationRequest& request);

// Columns and expressions to ask the data service for.
std::vector<std::string> ColumnsOf(const SpecificationSpec& spec);

v1::SpecificationResult ToProto(const SpecificationSpec& spec, const SpecificationResult& result);

}  // namespace farrell::regression
