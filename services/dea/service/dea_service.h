// The dea service: farrell.dea.v1.DeaService over the engine. Keeps no state; results live in the cache under their
// content key.
#pragma once

#include <memory>
#include <mutex>

#include "common/cache/result_cache.h"
#include "common/rpc/channel.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.grpc.pb.h"

namespace farrell::dea {

class DeaService final : public v1::DeaService::Service {
 public:
  // `data` gives the channel to the data service, asked for once, at the first request. `threads` >= 1 solve one
  // request. The cache must outlive the service.
  DeaService(ChannelProvider data, ResultCache& cache, int threads);

  grpc::Status Evaluate(grpc::ServerContext* context, const v1::EvaluateRequest* request,
                        grpc::ServerWriter<v1::EvaluateResponse>* writer) override;
  grpc::Status PlanEvaluation(grpc::ServerContext* context, const v1::PlanEvaluationRequest* request,
                              v1::PlanEvaluationResponse* response) override;
  grpc::Status VerifyEvaluation(grpc::ServerContext* context, const v1::VerifyEvaluationRequest* request,
                                v1::VerifyEvaluationResponse* response) override;
  grpc::Status GetCapabilities(grpc::ServerContext* context, const v1::GetCapabilitiesRequest* request,
                               v1::GetCapabilitiesResponse* response) override;

 private:
  data::v1::DataService::StubInterface& data();

  ChannelProvider channel_;
  std::once_flag stub_once_;
  std::unique_ptr<data::v1::DataService::StubInterface> stub_;
  ResultCache& cache_;
  int threads_;
};

}  // namespace farrell::dea
