// What is wrong with a study on its data: columns, units, expressions, filters, models. The services are asked to plan
// every step; nothing is solved.
#pragma once

#include <stop_token>

#include "common/status/status.h"
#include "farrell/data/v1/data.pb.h"
#include "services/reporting/service/places.h"
#include "services/reporting/service/services.h"
#include "services/reporting/service/study_reader.h"

namespace farrell::reporting {

// The study or its data are to blame, not the service.
bool IsMistake(const Status& status);
// A mistake as one line, with the first of its violations.
std::string DescribeMistake(const Status& status);

// The study's data with its classifications and the variables that need no score. Problems of the study are added to
// `problems`; the result is then only as complete as they allow. Errors: a service that cannot be asked.
Result<data::v1::Snapshot> CheckData(Services& services, const ReadStudy& read, const data::v1::Snapshot& snapshot,
                                     Problems& problems, const std::stop_token& stop);

}  // namespace farrell::reporting
