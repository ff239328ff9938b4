// A study read, validated and looked at on its data: what every method of the service begins with.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "farrell/data/v1/data.pb.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/services.h"
#include "services/reporting/service/study_reader.h"
#include "services/reporting/service/vintages.h"
#include "services/reporting/service/withheld.h"

namespace farrell::reporting {

struct CheckedStudy {
  // Its problems are those of every check.
  ReadStudy read;
  // What the source does not hold yet.
  std::vector<v1::StudyMissingFile> missing_files;
  // The data as imported, and with the study's variables; unset while they are not at hand.
  std::optional<data::v1::Snapshot> snapshot;
  std::optional<data::v1::Snapshot> base;
  // What was taken out of the study because the data lack an optional variable.
  Withheld withheld;
  // Those whose data are at hand, in the study's order.
  std::vector<StudyOnVintage> vintages;
  // Text of the layouts at hand, by the path written in the study.
  std::map<std::string, std::string> layouts;
  // The data service does not have the data named; a problem too.
  Status data_not_found;
};

// Problems are in the result. Errors: a service that cannot be asked.
Result<CheckedStudy> CheckStudy(Services& services, const v1::StudySource& source, const std::stop_token& stop);

// Ok when the study can run. Errors: INVALID_ARGUMENT STUDY_INVALID with every problem; when nothing else is wrong,
// NOT_FOUND of the data service, or DATA_MISSING, LAYOUT_MISSING for a file that was not sent.
Status Runnable(const CheckedStudy& checked);

}  // namespace farrell::reporting
