// The second stage over two services: cells from the data service, distances from the dea service.
#pragma once

#include <grpcpp/support/sync_stream.h>

#include <stop_token>

#include "common/status/status.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "farrell/regression/v1/regression.grpc.pb.h"
#include "services/regression/service/call.h"

namespace farrell::regression {

Status AnswerSecondStage(const CallContext& context, dea::v1::DeaService::StubInterface& dea,
                         const v1::SecondStageRequest& request, grpc::ServerWriter<v1::SecondStageResponse>& writer,
                         const std::stop_token& stop);

// The content key, which holds that of the distances: the dea service is asked for it. Scores nothing.
Status PlanSecondStage(const CallContext& context, dea::v1::DeaService::StubInterface& dea,
                       const v1::SecondStageRequest& request, v1::PlanFitResponse& response,
                       const std::stop_token& stop);

}  // namespace farrell::regression
