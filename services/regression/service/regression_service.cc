#include "services/regression/service/regression_service.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "common/numeric/abi.h"
#include "common/panel/panel_client.h"
#include "common/rpc/handler.h"
#include "common/rpc/message_bytes.h"
#include "services/regression/engine/compare.h"
#include "services/regression/engine/fit.h"
#include "services/regression/engine/ssc.h"
#include "services/regression/service/action_key.h"
#include "services/regression/service/convert.h"
#include "services/regression/service/parallel.h"

namespace farrell::regression {
namespace {

// Leaves room for the envelope under the receive limit of clients.
constexpr std::size_t kMaxReplyBytes = kMaxReceiveBytes - std::size_t{1024} * 1024;
constexpr std::chrono::milliseconds kBetweenReports{250};

struct FitKind {
  using Request = v1::FitRequest;
  using Response = v1::FitResponse;
  using Reply = v1::FitResult;
  using Spec = FitSpec;
  static Result<Spec> Read(const Request& request, const std::string& prefix) {
    return FitSpecFromProto(request, prefix);
  }
  static const FitSpec& Model(const Spec& spec) { return spec; }
  static Result<Reply> Run(const Panel& panel, const Spec& spec, const Environment& environment) {
    FARRELL_ASSIGN_OR_RETURN(const FitResult result, Fit(panel, spec, environment));
    return ToProto(panel, spec, result);
  }
  static void Place(const Request& request, Reply& reply) { reply.set_where(request.table().where()); }
  static std::int64_t SolvedCount(const Reply&) { return 1; }
};

struct CompareKind {
  using Request = v1::CompareRequest;
  using Response = v1::CompareResponse;
  using Reply = v1::CompareResult;
  using Spec = CompareSpec;
  static Result<Spec> Read(const Request& request, const std::string& prefix) {
    return CompareSpecFromProto(request, prefix);
  }
  static const FitSpec& Model(const Spec& spec) { return spec.fit; }
  static Result<Reply> Run(const Panel& panel, const Spec& spec, const Environment& environment) {
    FARRELL_ASSIGN_OR_RETURN(const CompareResult result, Compare(panel, spec, environment));
    return ToProto(panel, spec, result);
  }
  static void Place(const Request& request, Reply& reply) {
    reply.mutable_pooled()->set_where(request.table().where());
    for (v1::GroupFit& group : *reply.mutable_groups()) group.mutable_fit()->set_where(request.table().where());
  }
  // The groups, the pooled model, the interacted one.
  static std::int64_t SolvedCount(const Reply& reply) { return reply.groups_size() + 2; }
};

common::v1::ResultOrigin::Source SourceToProto(ResultCache::Source source) {
  switch (source) {
    case ResultCache::Source::kMemory: return common::v1::ResultOrigin::SOURCE_MEMORY;
    case ResultCache::Source::kRedis: return common::v1::ResultOrigin::SOURCE_REDIS;
    case ResultCache::Source::kCoalesced: return common::v1::ResultOrigin::SOURCE_COALESCED;
    case ResultCache::Source::kComputed: return common::v1::ResultOrigin::SOURCE_COMPUTED;
  }
  return common::v1::ResultOrigin::SOURCE_UNSPECIFIED;
}

common::v1::Provenance MakeProvenance(const common::v1::TableSpec& table, const Panel& panel, const FitSpec& spec,
                                      const std::string& key) {
  common::v1::Provenance provenance;
  provenance.set_snapshot_digest(table.snapshot_digest());
  provenance.set_known_at(panel.known_at);
  provenance.set_action_key(key);
  provenance.set_engine("regression");
  provenance.set_algo_rev(kAlgorithmRevision);
  provenance.set_num_abi(std::string(numeric::kNumAbi));
  provenance.set_synthetic(panel.synthetic);
  for (const InferenceSpec& inference : spec.inferences) {
    if (inference.type != InferenceType::kWild) continue;
    provenance.set_seed(inference.seed);
    break;
  }
  return provenance;
}

// Writes progress at most four times a second; the first message at once.
template <typename Response>
class ProgressWriter {
 public:
  explicit ProgressWriter(grpc::ServerWriter<Response>& writer) : writer_(writer) {}

  void Send(const char* stage, std::int64_t done, std::int64_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (sent_ && now - last_ < kBetweenReports) return;
    sent_ = true;
    last_ = now;
    Response response;
    common::v1::Progress& progress = *response.mutable_progress();
    progress.set_stage(stage);
    progress.set_completed_count(done);
    progress.set_total_count(total);
    writer_.Write(response);
  }

 private:
  grpc::ServerWriter<Response>& writer_;
  bool sent_ = false;
  std::chrono::steady_clock::time_point last_;
};

}  // namespace

RegressionService::RegressionService(ChannelProvider data, ResultCache& cache, int threads)
    : channel_(std::move(data)), cache_(cache), threads_(std::max(threads, 1)) {}

data::v1::DataService::StubInterface& RegressionService::data() {
  std::call_once(stub_once_, [this] { stub_ = data::v1::DataService::NewStub(channel_()); });
  return *stub_;
}

template <typename Kind>
Status RegressionService::Answer(const typename Kind::Request& request,
                                 grpc::ServerWriter<typename Kind::Response>& writer, const std::stop_token& stop) {
  const auto started = std::chrono::steady_clock::now();
  FARRELL_ASSIGN_OR_RETURN(const typename Kind::Spec spec, Kind::Read(request, ""));
  ProgressWriter<typename Kind::Response> progress(writer);
  progress.Send("loading", 0, 0);
  FARRELL_ASSIGN_OR_RETURN(const Panel panel, ReadPanel(data(), request.table(), ColumnsOf(spec), stop));
  const std::string key = ActionKey(panel, spec);
  const auto compute = [&](std::stop_token compute_stop) -> Result<std::string> {
    Environment environment;
    environment.stop = std::move(compute_stop);
    environment.parallel = MakeParallelFor(threads_);
    environment.progress = [&](std::int64_t done, std::int64_t total) { progress.Send("bootstrap", done, total); };
    FARRELL_ASSIGN_OR_RETURN(const typename Kind::Reply reply, Kind::Run(panel, spec, environment));
    return MessageBytes(reply);
  };
  FARRELL_ASSIGN_OR_RETURN(const ResultCache::Found found,
                           cache_.GetOrCompute(key, request.skip_cache_lookup(), stop, compute));
  typename Kind::Response response;
  typename Kind::Reply& reply = *response.mutable_result();
  if (!reply.ParseFromString(found.bytes)) {
    return Internal("RESULT_VERIFICATION_FAILED", "the kept result cannot be read; ask again with skip_cache_lookup");
  }
  Kind::Place(request, reply);
  *reply.mutable_provenance() = MakeProvenance(request.table(), panel, Kind::Model(spec), key);
  common::v1::ResultOrigin& origin = *reply.mutable_origin();
  origin.set_source(SourceToProto(found.source));
  origin.set_solved_count(found.source == ResultCache::Source::kComputed ? Kind::SolvedCount(reply) : 0);
  origin.set_elapsed_seconds(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
  if (response.ByteSizeLong() > kMaxReplyBytes) {
    return Status{Code::kResourceExhausted, "RESULT_TOO_LARGE",
                  "the result is larger than a reply may be; filter the table or leave out return_observations"};
  }
  return writer.Write(response) ? Status::Ok() : Cancelled();
}

template <typename Kind>
Status RegressionService::Plan(const typename Kind::Request& request, const std::string& prefix,
                               v1::PlanFitResponse& response, const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const typename Kind::Spec spec, Kind::Read(request, prefix));
  FARRELL_ASSIGN_OR_RETURN(const Panel panel, ReadPanel(data(), request.table(), ColumnsOf(spec), stop));
  response.set_action_key(ActionKey(panel, spec));
  if (request.skip_cache_lookup()) return Status::Ok();
  if (const auto found = cache_.Lookup(response.action_key())) response.set_at_hand(SourceToProto(found->source));
  return Status::Ok();
}

grpc::Status RegressionService::Fit(grpc::ServerContext* context, const v1::FitRequest* request,
                                    grpc::ServerWriter<v1::FitResponse>* writer) {
  return Guard("farrell.regression.v1.RegressionService/Fit", context,
               [&](const std::stop_token& stop) { return Answer<FitKind>(*request, *writer, stop); });
}

grpc::Status RegressionService::Compare(grpc::ServerContext* context, const v1::CompareRequest* request,
                                        grpc::ServerWriter<v1::CompareResponse>* writer) {
  return Guard("farrell.regression.v1.RegressionService/Compare", context,
               [&](const std::stop_token& stop) { return Answer<CompareKind>(*request, *writer, stop); });
}

grpc::Status RegressionService::PlanFit(grpc::ServerContext* context, const v1::PlanFitRequest* request,
                                        v1::PlanFitResponse* response) {
  return Guard("farrell.regression.v1.RegressionService/PlanFit", context, [&](const std::stop_token& stop) -> Status {
    switch (request->request_case()) {
      case v1::PlanFitRequest::kFit: return Plan<FitKind>(request->fit(), "fit.", *response, stop);
      case v1::PlanFitRequest::kCompare: return Plan<CompareKind>(request->compare(), "compare.", *response, stop);
      case v1::PlanFitRequest::REQUEST_NOT_SET: break;
    }
    return InvalidArgument("REQUEST_INVALID", "name a fit or a comparison to plan")
        .WithViolations({{"request", "neither fit nor compare is set"}});
  });
}

grpc::Status RegressionService::GetCapabilities(grpc::ServerContext* context, const v1::GetCapabilitiesRequest*,
                                                v1::GetCapabilitiesResponse* response) {
  return Guard("farrell.regression.v1.RegressionService/GetCapabilities", context, [&](const std::stop_token&) {
    response->set_algo_rev(kAlgorithmRevision);
    response->set_num_abi(std::string(numeric::kNumAbi));
    for (const std::string& preset : SscPresets()) response->add_ssc_presets(preset);
    return Status::Ok();
  });
}

}  // namespace farrell::regression
