// farrell report export: a finished report as one document.
#pragma once

#include "cli/commands.h"

namespace CLI {
class App;
}

namespace farrell::cli {

// Adds the sub-command to `farrell report`.
void AddReportExport(CLI::App& report, Program& program);

}  // namespace farrell::cli
