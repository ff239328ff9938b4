// Bootstrap intervals of the changes of a panel.
#pragma once

#include <stop_token>
#include <vector>

#include "common/status/status.h"
#include "farrell/dea/v1/dea.pb.h"
#include "services/dea/engine/inference/malmquist_bootstrap.h"
#include "services/dea/engine/productivity.h"
#include "services/dea/service/dataset.h"
#include "services/dea/service/job.h"

namespace farrell::dea {

// Writes the intervals of `changes` into `results`, which has one message a change. One bootstrap for every pair of
// periods and group that some change is between: units observed in both periods are drawn as pairs. A pair that cannot
// be resampled is a warning. CANCELLED when stopped.
Status AddMalmquistIntervals(const Dataset& dataset, const std::vector<std::int32_t>& units,
                             const std::vector<ProductivityChange>& changes, const MalmquistBootstrapOptions& options,
                             Job& job, const std::stop_token& stop, v1::StoredProductivity& stored);

// The draws of the pair of periods and the group that `stage` names, for a solver.
Result<std::unique_ptr<Work>> OpenMalmquistDraws(const Dataset& dataset, const std::vector<std::int32_t>& units,
                                                 const MalmquistBootstrapOptions& options, const v1::TaskStage& stage,
                                                 const std::stop_token& stop);

}  // namespace farrell::dea
