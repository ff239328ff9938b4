// Calls that tell what happens while it happens, and go on where a lost one ended: the events of a run, publications.
#pragma once

#include <functional>
#include <stop_token>

#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/study_run.h"

namespace farrell::reporting {

// False: nobody listens any more.
template <typename Message>
using Tell = std::function<bool(const Message&)>;

// Until the last event of the run was told. Errors: those of FindOpenRun, CANCELLED.
Status WatchRun(const RunEnvironment& environment, const v1::WatchRunRequest& request,
                const Tell<v1::WatchRunResponse>& tell, const std::stop_token& stop);

// Until nobody listens. Publications of runs that are closed to the caller are left out. Errors: CANCELLED.
Status WatchPublications(const RunEnvironment& environment, const v1::WatchPublicationsRequest& request,
                         const Tell<v1::WatchPublicationsResponse>& tell, const std::stop_token& stop);

// Errors: INVALID_ARGUMENT FIELD_OUT_OF_RANGE.
Result<v1::ListPublicationsResponse> ListPublications(const RunEnvironment& environment,
                                                      const v1::ListPublicationsRequest& request,
                                                      const std::stop_token& stop);

}  // namespace farrell::reporting
