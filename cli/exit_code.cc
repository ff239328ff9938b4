#include "cli/exit_code.h"

namespace farrell::cli {

int ExitCodeOf(const Status& status, bool interrupted) {
  // Reasons come first: they are more exact than the canonical code they travel under.
  if (status.reason() == "PROVISIONAL_DATA") return kExitProvisional;
  if (status.reason() == "VERIFICATION_FAILED" || status.reason() == "GATE_FAILED") return kExitVerification;
  switch (status.code()) {
    case Code::kOk: return kExitDone;
    case Code::kInvalidArgument:
    case Code::kOutOfRange: return kExitInvalid;
    case Code::kNotFound: return kExitNotFound;
    case Code::kPermissionDenied:
    case Code::kUnauthenticated: return kExitDenied;
    case Code::kDeadlineExceeded: return kExitDeadline;
    case Code::kDataLoss: return kExitVerification;
    case Code::kCancelled:
    case Code::kUnknown:
    case Code::kAlreadyExists:
    case Code::kResourceExhausted:
    case Code::kFailedPrecondition:
    case Code::kAborted:
    case Code::kUnimplemented:
    case Code::kInternal:
    case Code::kUnavailable: return interrupted ? kExitInterrupted : kExitFailed;
  }
  return kExitFailed;
}

const char* ExitCodeHelp() {
  return "Exit codes: 0 done (infeasible units and fired rules included), 1 failed, 2 usage or invalid input, 3 not "
         "found, "
         "4 denied, 5 deadline, 6 verification or gate failed, 7 provisional data, 130 interrupted.";
}

}  // namespace farrell::cli
