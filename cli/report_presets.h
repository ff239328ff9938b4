// farrell report presets: what decides how tables look, and what each sets.
#pragma once

#include "cli/commands.h"

namespace CLI {
class App;
}

namespace farrell::cli {

// Adds the sub-command to `farrell report`.
void AddReportPresets(CLI::App& report, Program& program);

}  // namespace farrell::cli
