// The data service as the source of events: what it says of a release, and the stream of what happens to a dataset.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "common/status/status.h"
#include "farrell/reporting/v1/schedule.pb.h"
#include "services/reporting/engine/schedule/arrivals.h"
#include "services/reporting/service/services.h"

namespace farrell::reporting {

// Whether every period of a snapshot is complete, by the rule declared for the dataset. Asks as the call under way.
// Errors: those of the data service.
Result<schedule::Completeness> CompletenessOf(Services& services, const std::string& dataset,
                                              const std::string& snapshot, const std::stop_token& stop);

// Reads the events of a dataset after a sequence, as the call under way: those that there are, or with `follow` as they
// come until `stop` fires or the stream is lost. `on_event` gets each with `seen_at` unset; an error of it ends the
// reading.
Status ReadEvents(Services& services, const std::string& dataset, std::int64_t after, bool follow,
                  const std::function<Status(v1::Arrival)>& on_event, const std::stop_token& stop);

// The sequence of the newest event of a dataset; 0: there is none.
Result<std::int64_t> NewestEvent(Services& services, const std::string& dataset, const std::stop_token& stop);

}  // namespace farrell::reporting
