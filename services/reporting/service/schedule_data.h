// The data of a schedule: a dataset by name, as it was known on a day.
#pragma once

#include <stop_token>
#include <string>

#include "common/status/status.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/services.h"

namespace farrell::reporting {

struct ScheduledStudy {
  std::string study_id;
  // "NAME", or "NAME@RELEASE".
  std::string dataset;
};

// What a schedule needs to know of its study. Errors: INVALID_ARGUMENT SCHEDULE_INVALID, when it works on a file.
Result<ScheduledStudy> ReadScheduledStudy(const v1::StudySource& source);

struct DatedRelease {
  // The newest of those in it.
  std::string release;
  std::string snapshot;
};

// NAME@known:DAY, what was known of the dataset at the end of a day (YYYY-MM-DD); the release that is named, if one is.
// Asks as the call under way. Errors: those of the data service.
Result<DatedRelease> ReleaseOnDay(Services& services, const std::string& dataset, const std::string& day,
                                  const std::stop_token& stop);

// The newest release, or the one that is named.
Result<DatedRelease> NewestRelease(Services& services, const std::string& dataset, const std::stop_token& stop);

// The study on that snapshot of its dataset. `provisional` (empty: it is not): why the data are provisional, which its
// report then says under its limits.
v1::StudySource OnSnapshot(const v1::StudySource& source, const std::string& dataset, const std::string& snapshot,
                           const std::string& provisional);

}  // namespace farrell::reporting
