// farrell study verify: a replication bundle run again, and every digit compared.
#pragma once

#include <string>

#include "cli/session.h"
#include "common/status/status.h"

namespace farrell::cli {

// Replays the study of the bundle in a fresh state, on the data of the bundle, with every cache skipped, and prints
// what is the same and what is not. FAILED_PRECONDITION, reason VERIFICATION_FAILED, when anything differs; errors of
// ReadBundle; what the replay reports.
Status VerifyBundle(Session& session, const std::string& path);

// The replication bundle of a run. Errors as BundleRun.
Result<std::string> FetchBundle(Session& session, const std::string& run_id);

}  // namespace farrell::cli
