// The dea service: farrell.dea.v1.DeaService over the engine. Keeps no state; results live in the cache under their
// content key.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

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
  grpc::Status GetCapabilities(grpc::ServerContext* context, const v1::GetCapabilitiesRequest* request,
                               v1::GetCapabilitiesResponse* response) override;

 private:
  struct Prepared;
  using Writer = grpc::ServerWriter<v1::EvaluateResponse>;

  data::v1::DataService::StubInterface& data();
  Result<std::unique_ptr<Prepared>> Prepare(const v1::EvaluateRequest& request, const std::string& prefix,
                                            const std::stop_token& stop);
  Status EvaluateInto(const v1::EvaluateRequest& request, Writer& writer, const std::stop_token& stop);
  // Takes reference sets already solved from the cache and solves the others; adds the programs solved to
  // `solved_count`.
  Result<std::string> Compute(const Prepared& prepared, bool skip_lookup, Writer& writer, const std::stop_token& stop,
                              std::int64_t& solved_count);

  // Linear programs that evaluating would solve, given what is at hand.
  std::int64_t OpenProblems(const Prepared& prepared, bool skip_lookup);

  ChannelProvider channel_;
  std::once_flag stub_once_;
  std::unique_ptr<data::v1::DataService::StubInterface> stub_;
  ResultCache& cache_;
  int threads_;
};

}  // namespace farrell::dea
