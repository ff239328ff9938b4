// Specification curves between the contract and the engine.
#pragma once

#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/regression/v1/regression.pb.h"
#include "services/regression/engine/curve/curve.h"
#include "services/regression/service/call.h"

namespace farrell::regression {

// Defaults written out. Every bad field at once: REQUEST_INVALID for what is not a choice at all, then CURVE_INVALID
// and CURVE_TOO_LARGE as FitCurve.
Result<CurveSpec> CurveSpecFromProto(const v1::SpecificationCurveRequest& request);

// Columns and expressions to ask the data service for; conditions of samples among them.
std::vector<std::string> ColumnsOf(const CurveSpec& spec);

// The models fitted, counted in specifications; then the models drawn from. `done` and `total` as FitCurve reports
// them.
Stage StageOf(const CurveSpec& spec, std::int64_t done, std::int64_t total);

v1::SpecificationCurveResult ToProto(const CurveSpec& spec, const CurveResult& result);

}  // namespace farrell::regression
