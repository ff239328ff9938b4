// Inference on plain radial scores: the test of returns to scale and the comparison of groups.
#pragma once

#include <grpcpp/support/sync_stream.h>

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

}  // namespace farrell::dea
