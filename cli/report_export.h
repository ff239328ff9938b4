// farrell report export: a finished report as one document.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/commands.h"

namespace farrell::cli {

// Adds the sub-command to `farrell report`.
void AddReportExport(CLI::App& report, Program& program);

}  // namespace farrell::cli
