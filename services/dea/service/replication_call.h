// Distances of the units of a table to frontiers that the caller draws.
#pragma once

#include <grpcpp/support/sync_stream.h>

#include <memory>
#include <stop_token>

#include "common/status/status.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.pb.h"
#include "services/dea/service/job.h"

namespace farrell::dea {

Status ScoreReplications(data::v1::DataService::StubInterface& data, const v1::ScoreReplicationsRequest& request,
                         Job& job, grpc::ServerWriter<v1::ScoreReplicationsResponse>& writer);

// The content key of the layout. Solves nothing.
Status PlanReplications(data::v1::DataService::StubInterface& data, const v1::ScoreReplicationsRequest& request,
                        Job& job, v1::PlanEvaluationResponse& response);

// The frontiers of a request, for a solver.
Result<std::unique_ptr<Work>> OpenReplications(data::v1::DataService::StubInterface& data, const v1::Task& task,
                                               const std::stop_token& stop);

}  // namespace farrell::dea
