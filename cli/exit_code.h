// What a program that calls `farrell` learns from its exit code.
#pragma once

#include "common/status/status.h"

namespace farrell::cli {

// Public surface: never renumber.
enum ExitCode : int {
  kExitDone = 0,          // infeasible units and fired referee rules included: they are results
  kExitFailed = 1,        // anything not named below
  kExitInvalid = 2,       // usage or invalid input
  kExitNotFound = 3,      // file, dataset, snapshot, column or run
  kExitDenied = 4,        // not authenticated or not allowed
  kExitDeadline = 5,      // --deadline passed
  kExitVerification = 6,  // a stored or computed result failed its check, or a gate was not met
  kExitProvisional = 7,   // the data are provisional and final ones were asked for
  kExitInterrupted = 130  // SIGINT or SIGTERM, as shells count
};

// The one mapping from errors to exit codes. `interrupted`: the user asked to stop; CANCELLED is then kExitInterrupted.
int ExitCodeOf(const Status& status, bool interrupted);

// The list above as text for `--help`.
const char* ExitCodeHelp();

}  // namespace farrell::cli
