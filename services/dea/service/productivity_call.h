// Productivity change of a panel (farrell.dea.v1.MeasureProductivity).
#pragma once

#include <grpcpp/support/sync_stream.h>

#include <memory>
#include <stop_token>

#include "common/status/status.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.pb.h"
#include "services/dea/service/job.h"

namespace farrell::dea {

// What MeasureProductivity would do, its bootstrap not counted.
Status PlanProductivity(data::v1::DataService::StubInterface& data, const v1::MeasureProductivityRequest& request,
                        Job& job, v1::PlanEvaluationResponse& response);

Status MeasureProductivity(data::v1::DataService::StubInterface& data, const v1::MeasureProductivityRequest& request,
                           Job& job, grpc::ServerWriter<v1::MeasureProductivityResponse>& writer);

// Either stage of a study, for a solver.
Result<std::unique_ptr<Work>> OpenProductivity(data::v1::DataService::StubInterface& data, const v1::Task& task,
                                               const std::stop_token& stop);

}  // namespace farrell::dea
