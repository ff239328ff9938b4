// Atypical and influential units (farrell.dea.v1.FindOutliers).
#pragma once

#include <grpcpp/support/sync_stream.h>

#include "common/status/status.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.pb.h"
#include "services/dea/service/job.h"

namespace farrell::dea {

Status FindOutliers(data::v1::DataService::StubInterface& data, const v1::FindOutliersRequest& request, Job& job,
                    grpc::ServerWriter<v1::FindOutliersResponse>& writer);

}  // namespace farrell::dea
