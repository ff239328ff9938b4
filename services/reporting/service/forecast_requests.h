// Nowcasts and early warnings of a study → requests to the regression and dea services, without their tables.
#pragma once

#include <string>

#include "common/status/status.h"
#include "farrell/dea/v1/dea.pb.h"
#include "farrell/regression/v1/regression.pb.h"
#include "farrell/reporting/v1/reporting.pb.h"

namespace farrell::reporting {

// Errors as those of study_requests.h.
Result<regression::v1::NowcastRequest> NowcastRequestOf(const v1::StudyNowcast& entry);
Result<regression::v1::EarlyWarningRequest> EarlyWarningRequestOf(const v1::Study& study,
                                                                  const v1::StudyEarlyWarning& entry);

// What the rows of the entry's period, without their output, would score if they produced one unit of it, against the
// frontier of the periods before: with constant or variable returns, output orientation and one output, a score is the
// output times that (y / y*(x) = y (1 / y*(x))). The rows are those of the DEA, with those of the period; `time_key` is
// the column of periods. For an entry with a `dea`.
Result<dea::v1::EvaluateRequest> UnitOutputRequestOf(const v1::Study& study, const v1::StudyNowcast& entry,
                                                     const std::string& time_key);

// Names in the formulas of an entry.
std::string FormulasOf(const v1::StudyEarlyWarning& entry);

}  // namespace farrell::reporting
