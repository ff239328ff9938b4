// Which runs the caller of the call under way may see: those of projects open to them, made from data that they may
// read. All others are as if they were not there, to every method that names a run.
//
// A run belongs to the project of whoever ran it. Where its data have been deleted meanwhile the project alone decides,
// as far as the data service tells this service that they are gone.
#pragma once

#include <stop_token>
#include <string>

#include "common/status/status.h"
#include "services/reporting/service/services.h"
#include "services/reporting/service/step_store.h"

namespace farrell::reporting {

// StepStore::FindRun among the open ones; errors of a data service that cannot be asked. Who may not read everything is
// told of no run that was removed: RUN_NOT_FOUND.
Result<v1::Run> FindOpenRun(Services& services, StepStore& store, const std::string& id, const std::stop_token& stop);

// StepStore::ListRuns without the closed ones; a page may be short though there are more.
Result<StepStore::RunPage> ListOpenRuns(Services& services, StepStore& store, int page_size,
                                        const std::string& page_token, const std::stop_token& stop);

}  // namespace farrell::reporting
