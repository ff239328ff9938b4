// Two-stage efficiency (farrell.dea.v1.EvaluateNetwork).
#pragma once

#include <grpcpp/support/sync_stream.h>

#include <memory>
#include <stop_token>

#include "common/status/status.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.pb.h"
#include "services/dea/service/job.h"

namespace farrell::dea {

// What EvaluateNetwork would do.
Status PlanNetwork(data::v1::DataService::StubInterface& data, const v1::EvaluateNetworkRequest& request, Job& job,
                   v1::PlanEvaluationResponse& response);

Status EvaluateNetwork(data::v1::DataService::StubInterface& data, const v1::EvaluateNetworkRequest& request, Job& job,
                       grpc::ServerWriter<v1::EvaluateNetworkResponse>& writer);

// The programs of a network, for a solver.
Result<std::unique_ptr<Work>> OpenNetwork(data::v1::DataService::StubInterface& data, const v1::Task& task,
                                          const std::stop_token& stop);

}  // namespace farrell::dea
