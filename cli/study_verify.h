// farrell study verify: a replication bundle, or the run it would be made of, run again, and every digit compared.
#pragma once

#include <string>

#include "cli/session.h"
#include "common/status/status.h"

namespace farrell::cli {

// `named`: the path of a bundle, or else a run as GetRun names it, whose bundle is fetched. Replays the study of the
// bundle in a fresh state, on the data of the bundle, with every cache skipped, and prints what is the same and what is
// not. NOT_FOUND, reason BUNDLE_NOT_FOUND, when it is neither; FAILED_PRECONDITION, reason VERIFICATION_FAILED, when
// anything differs; errors of ReadBundle and FetchBundle; what the replay reports.
Status VerifyStudy(Session& session, const std::string& named);

// The replication bundle of a run. Errors as BundleRun.
Result<std::string> FetchBundle(Session& session, const std::string& run_id);

}  // namespace farrell::cli
