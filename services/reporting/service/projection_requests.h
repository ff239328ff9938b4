// Conditional projections: the rows of one, and its evaluations on changed outputs. The slope is known only once the
// split into channels has been estimated, so the request of such a step is made between steps.
#pragma once

#include <stop_token>
#include <string>

#include "common/status/status.h"
#include "farrell/common/v1/types.pb.h"
#include "farrell/data/v1/data.pb.h"
#include "farrell/dea/v1/dea.pb.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/engine/facts_projection.h"
#include "services/reporting/service/services.h"

namespace farrell::reporting {

// Reason of ReadProjection's errors.
inline constexpr const char* kProjectionInvalid = "PROJECTION_INVALID";

const v1::StudyProjection* FindProjectionEntry(const v1::Study& study, const std::string& id);
const v1::StudyChannels* FindChannelsEntry(const v1::Study& study, const std::string& id);

// Id of the step that estimates the slope of scores.
std::string ProjectionFit(const v1::StudyChannels& channels);

// Who is projected and who is not: period, range, units with output and score, refused units; everything else of the
// facts is left unset. `table` gives the table with all scores, its filter is set here. The entry must be valid.
// Errors: INVALID_ARGUMENT PROJECTION_INVALID with the field of the entry to blame ("where", "period", "channels");
// those of the data service.
Result<ProjectionFacts> ReadProjection(Services& services, const v1::Study& study, const v1::StudyProjection& entry,
                                       common::v1::TableSpec table, const std::stop_token& stop);

// The model of the split's DEA with the outputs of `rows.units` multiplied by (1 + change)^slope, without its snapshot.
// `snapshot` gives the keys.
Result<dea::v1::EvaluateRequest> ProjectionRequestOf(const v1::Study& study, const v1::StudyProjection& entry,
                                                     const data::v1::Snapshot& snapshot, const ProjectionFacts& rows,
                                                     double slope);

}  // namespace farrell::reporting
