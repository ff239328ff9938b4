// The table model as JSON, for report.json and RenderJson.
#pragma once

#include <nlohmann/json.hpp>

#include "services/reporting/engine/table.h"

namespace farrell::reporting {

nlohmann::ordered_json TableJson(const Table& table);

}  // namespace farrell::reporting
