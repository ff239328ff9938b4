// The dea service: farrell.dea.v1.DeaService over the engine. Keeps no state; results live in the cache under their
// content key, and for a moment as answers.
#pragma once

#include <memory>

#include "common/cache/result_cache.h"
#include "common/rpc/remote.h"
#include "common/status/status.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/dea/v1/dea.grpc.pb.h"
#include "services/dea/service/recent_answers.h"

namespace farrell::dea {

class Job;
class Solvers;

class DeaService final : public v1::DeaService::Service {
 public:
  // `data` gives the channel to the data service, asked for once, at the first request. `threads` >= 1 solve one
  // request; with `solvers`, large stages go to them. Cache and solvers must outlive the service.
  DeaService(ChannelProvider data, ResultCache& cache, int threads, Solvers* solvers = nullptr);

  grpc::Status Evaluate(grpc::ServerContext* context, const v1::EvaluateRequest* request,
                        grpc::ServerWriter<v1::EvaluateResponse>* writer) override;
  grpc::Status PlanEvaluation(grpc::ServerContext* context, const v1::PlanEvaluationRequest* request,
                              v1::PlanEvaluationResponse* response) override;
  grpc::Status VerifyEvaluation(grpc::ServerContext* context, const v1::VerifyEvaluationRequest* request,
                                v1::VerifyEvaluationResponse* response) override;
  grpc::Status MeasureProductivity(grpc::ServerContext* context, const v1::MeasureProductivityRequest* request,
                                   grpc::ServerWriter<v1::MeasureProductivityResponse>* writer) override;
  grpc::Status EvaluateNetwork(grpc::ServerContext* context, const v1::EvaluateNetworkRequest* request,
                               grpc::ServerWriter<v1::EvaluateNetworkResponse>* writer) override;
  grpc::Status ScoreReplications(grpc::ServerContext* context, const v1::ScoreReplicationsRequest* request,
                                 grpc::ServerWriter<v1::ScoreReplicationsResponse>* writer) override;
  grpc::Status FindOutliers(grpc::ServerContext* context, const v1::FindOutliersRequest* request,
                            grpc::ServerWriter<v1::FindOutliersResponse>* writer) override;
  grpc::Status TestReturnsToScale(grpc::ServerContext* context, const v1::TestReturnsToScaleRequest* request,
                                  grpc::ServerWriter<v1::TestReturnsToScaleResponse>* writer) override;
  grpc::Status CompareGroups(grpc::ServerContext* context, const v1::CompareGroupsRequest* request,
                             grpc::ServerWriter<v1::CompareGroupsResponse>* writer) override;
  grpc::Status GetCapabilities(grpc::ServerContext* context, const v1::GetCapabilitiesRequest* request,
                               v1::GetCapabilitiesResponse* response) override;

 private:
  // Runs call(data, request, job, writer), which streams progress and then its result.
  template <typename Request, typename Response, typename StreamingCall>
  grpc::Status Stream(const char* method, grpc::ServerContext* context, const Request& request,
                      grpc::ServerWriter<Response>& writer, const StreamingCall& call);

  Remote<data::v1::DataService> data_;
  ResultCache& cache_;
  RecentAnswers recent_;
  int threads_;
  Solvers* solvers_;
};

}  // namespace farrell::dea
