// Inference on plain radial scores: the test of returns to scale and the comparison of groups.
#pragma once

#include <grpcpp/support/sync_stream.h>

#include <memory>
#include <stop_token>

#include "common/status/status.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.pb.h"
#include "services/dea/service/job.h"

namespace farrell::dea {

Status TestReturnsToScale(data::v1::DataService::StubInterface& data, const v1::TestReturnsToScaleRequest& request,
                          Job& job, grpc::ServerWriter<v1::TestReturnsToScaleResponse>& writer);

// What TestReturnsToScale would do.
Status PlanReturnsToScale(data::v1::DataService::StubInterface& data, const v1::TestReturnsToScaleRequest& request,
                          Job& job, v1::PlanEvaluationResponse& response);

Status CompareGroups(data::v1::DataService::StubInterface& data, const v1::CompareGroupsRequest& request, Job& job,
                     grpc::ServerWriter<v1::CompareGroupsResponse>& writer);

// The draws of a test on one reference set, for a solver.
Result<std::unique_ptr<Work>> OpenReturnsToScale(data::v1::DataService::StubInterface& data, const v1::Task& task,
                                                 const std::stop_token& stop);

// The draws of a comparison, for a solver.
Result<std::unique_ptr<Work>> OpenGroups(data::v1::DataService::StubInterface& data, const v1::Task& task,
                                         const std::stop_token& stop);

}  // namespace farrell::dea
