// Checks evaluations without solving anything (farrell.dea.v1.VerifyEvaluation).
#pragma once

#include "common/status/status.h"
#include "farrell/dea/v1/dea.pb.h"
#include "services/dea/service/dataset.h"
#include "services/dea/service/job.h"

namespace farrell::dea {

// What an evaluation says of itself: statuses, certificates, peers, counts. INVALID_ARGUMENT RESULT_INVALID when it has
// no model, a model that cannot be evaluated, or no provenance. Adds its findings to `response`.
Status VerifyAlone(const v1::StoredEvaluation& evaluation, v1::VerifyEvaluationResponse& response);

// After VerifyAlone: every certificate against the data. `dataset` was read for the model of the summary. CANCELLED
// when the job is stopped.
Status VerifyAgainst(const Dataset& dataset, const v1::StoredEvaluation& stored, Job& job,
                     v1::VerifyEvaluationResponse& response);

}  // namespace farrell::dea
