// Second stages between the contract and the engine.
#pragma once

#include <string>
#include <vector>

#include "common/canonical/canonical.h"
#include "common/panel/panel.h"
#include "common/status/status.h"
#include "farrell/regression/v1/regression.pb.h"
#include "services/regression/engine/fit.h"
#include "services/regression/engine/second_stage/second_stage.h"

namespace farrell::regression {

// With every default written out. Every bad field at once, those of the model excepted, which the dea service checks:
// INVALID_ARGUMENT FORMULA_INVALID or REQUEST_INVALID.
Result<SecondStageSpec> SecondStageSpecFromProto(const v1::SecondStageRequest& request);

// Columns and expressions to ask the data service for: those of the right side.
std::vector<std::string> ColumnsOf(const SecondStageSpec& spec);

// The regression of log scores, as the engine fits it.
FitSpec FitOf(const SecondStageSpec& spec);

// What the content key is made of: the key of the regression's cells and specification, and that of everything that
// distances depend on.
canonical::Value DescribeSecondStage(const Panel& panel, const SecondStageSpec& spec, const std::string& scores_key);

// Everything that is a function of specification and data; provenance, origin, model and `where` are the caller's.
v1::SecondStageResult ToProto(const Panel& panel, const FrontierScores& first, const SecondStageSpec& spec,
                              const SecondStageResult& result);

}  // namespace farrell::regression
