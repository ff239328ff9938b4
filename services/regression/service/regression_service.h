// The regression service: farrell.regression.v1.RegressionService over the engine. Keeps no state; results live in the
// cache under their content key.
#pragma once

#include <memory>
#include <mutex>

#include "common/cache/result_cache.h"
#include "common/rpc/remote.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "farrell/regression/v1/regression.grpc.pb.h"
#include "services/regression/service/call.h"

namespace farrell::regression {

class RegressionService final : public v1::RegressionService::Service {
 public:
  // `data` and `dea` give the channels to those services, asked for once, at the first request that needs them.
  // Without `dea` there are no second stages. `threads` >= 1 work on one request. The cache must outlive the service.
  RegressionService(ChannelProvider data, ResultCache& cache, int threads, ChannelProvider dea = {});

  grpc::Status Fit(grpc::ServerContext* context, const v1::FitRequest* request,
                   grpc::ServerWriter<v1::FitResponse>* writer) override;
  grpc::Status Compare(grpc::ServerContext* context, const v1::CompareRequest* request,
                       grpc::ServerWriter<v1::CompareResponse>* writer) override;
  grpc::Status TestSpecification(grpc::ServerContext* context, const v1::TestSpecificationRequest* request,
                                 grpc::ServerWriter<v1::TestSpecificationResponse>* writer) override;
  grpc::Status FitSpecificationCurve(grpc::ServerContext* context, const v1::SpecificationCurveRequest* request,
                                     grpc::ServerWriter<v1::SpecificationCurveResponse>* writer) override;
  grpc::Status SecondStage(grpc::ServerContext* context, const v1::SecondStageRequest* request,
                           grpc::ServerWriter<v1::SecondStageResponse>* writer) override;
  grpc::Status Nowcast(grpc::ServerContext* context, const v1::NowcastRequest* request,
                       grpc::ServerWriter<v1::NowcastResponse>* writer) override;
  grpc::Status WarnEarly(grpc::ServerContext* context, const v1::EarlyWarningRequest* request,
                         grpc::ServerWriter<v1::EarlyWarningResponse>* writer) override;
  grpc::Status PlanFit(grpc::ServerContext* context, const v1::PlanFitRequest* request,
                       v1::PlanFitResponse* response) override;
  grpc::Status GetCapabilities(grpc::ServerContext* context, const v1::GetCapabilitiesRequest* request,
                               v1::GetCapabilitiesResponse* response) override;

 private:
  using DeaStub = dea::v1::DeaService::StubInterface;

  CallContext Context();
  // FAILED_PRECONDITION DEA_UNAVAILABLE.
  Result<DeaStub*> Dea();

  Remote<data::v1::DataService> data_;
  ChannelProvider dea_channel_;
  std::once_flag dea_once_;
  std::unique_ptr<DeaStub> dea_;
  ResultCache& cache_;
  int threads_;
};

}  // namespace farrell::regression
