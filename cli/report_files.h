// The files of a finished run on disk.
#pragma once

#include <string>
#include <vector>

#include "cli/session.h"
#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.pb.h"

namespace farrell::cli {

// INVALID_ARGUMENT, reason USAGE, where there can be no such folder.
Status MakeReportFolder(const std::string& folder);

// Fetches the report of `run_id` and writes it under `folder`: all files, or only `paths`. A path that would leave the
// folder is INTERNAL, reason REPORT_PATH_INVALID. Returns the paths written, in the order sent. `there`: the server has
// answered a moment ago, and is waited for when it goes away.
Result<std::vector<std::string>> WriteReport(Session& session, const std::string& run_id,
                                             const std::vector<std::string>& paths, const std::string& folder,
                                             bool there = false);

// run.json: what belongs to the run and not to the report (sources of results, seconds, host).
Status WriteRun(const reporting::v1::Run& run, const std::string& folder);

}  // namespace farrell::cli
