// Nowcasts and early warnings between the contract and the engine.
#pragma once

#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/regression/v1/regression.pb.h"
#include "services/regression/engine/forecast/early_warning.h"
#include "services/regression/engine/forecast/nowcast.h"
#include "services/regression/service/call.h"

namespace farrell::regression {

// Defaults written out. Everything that can be told without the panel, at once: mistakes of the formula, then
// NOWCAST_INVALID or WARNING_INVALID.
Result<NowcastSpec> NowcastSpecFromProto(const v1::NowcastRequest& request);
Result<EarlyWarningSpec> EarlyWarningSpecFromProto(const v1::EarlyWarningRequest& request);

// Columns and expressions to ask the data service for.
std::vector<std::string> ColumnsOf(const NowcastSpec& spec);
std::vector<std::string> ColumnsOf(const EarlyWarningSpec& spec);

// What `done` of `total` counts.
Stage StageOf(const NowcastSpec& spec, std::int64_t done, std::int64_t total);
Stage StageOf(const EarlyWarningSpec& spec, std::int64_t done, std::int64_t total);

v1::NowcastResult ToProto(const NowcastSpec& spec, const NowcastResult& result);
v1::EarlyWarningResult ToProto(const EarlyWarningSpec& spec, const EarlyWarningResult& result);

}  // namespace farrell::regression
