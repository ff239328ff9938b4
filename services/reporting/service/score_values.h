// Results of the dea service as columns of a study's table.
#pragma once

#include <cstdint>

#include "farrell/data/v1/data.pb.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/study_scores.h"

namespace farrell::reporting {

// The values of a column out of the result of its step, one a row of the table; rows without one are missing.
data::v1::AttachedColumn ReadScoreColumn(const ScoreColumn& column, const v1::StoredStep& result,
                                         std::int64_t row_count);

}  // namespace farrell::reporting
