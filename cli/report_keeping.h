// farrell report hold, release, remove, retain: how long runs are kept.
#pragma once

#include "cli/commands.h"

namespace CLI {
class App;
}

namespace farrell::cli {

// Adds the sub-commands to `farrell report`.
void AddReportKeeping(CLI::App& report, Program& program);

}  // namespace farrell::cli
