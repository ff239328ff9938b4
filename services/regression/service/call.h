// What every call of the service does: read the table, look under the content key, else compute, and say where the
// result came from. A Kind names its types and functions:
//   Request, Response, Reply, Spec
//   Status Compute(const CallContext&, const Panel&, const Spec&, const Environment&) -> Result<Reply>
//   std::optional<std::int64_t> Seed(const Spec&)  of the random draws, if there are any
//   void Place(const Request&, Reply&)         what depends on the request and not on the numbers
//   std::int64_t SolvedCount(const Reply&)     models fitted
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "common/cache/result_cache.h"
#include "common/numeric/abi.h"
#include "common/panel/panel_client.h"
#include "common/rpc/channel.h"
#include "common/rpc/handler.h"
#include "common/rpc/message_bytes.h"
#include "farrell/data/v1/data.grpc.pb.h"
#include "farrell/regression/v1/regression.grpc.pb.h"
#include "services/regression/engine/fit.h"
#include "services/regression/service/action_key.h"
#include "services/regression/service/parallel.h"

namespace farrell::regression {

// Leaves room for the envelope under the receive limit of clients.
inline constexpr std::size_t kMaxReplyBytes = kMaxReceiveBytes - std::size_t{1024} * 1024;

// What a call may use of the service.
struct CallContext {
  data::v1::DataService::StubInterface& data;
  ResultCache& cache;
  int threads = 1;
};

common::v1::ResultOrigin::Source SourceToProto(ResultCache::Source source);

common::v1::Provenance MakeProvenance(const common::v1::TableSpec& table, const Panel& panel,
                                      std::optional<std::int64_t> seed, const std::string& key);

// Of the first inference that uses random draws.
std::optional<std::int64_t> SeedOf(const FitSpec& spec);

// Writes progress at most four times a second; the first message at once.
template <typename Response>
class ProgressWriter {
 public:
  explicit ProgressWriter(grpc::ServerWriter<Response>& writer) : writer_(writer) {}

  void Send(const char* stage, std::int64_t done, std::int64_t total) {
    constexpr std::chrono::milliseconds kBetweenReports{250};
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

// What a call is busy with, and how much of it is done.
struct Stage {
  const char* name;
  std::int64_t done;
  std::int64_t total;
};

// For specifications that do not say otherwise.
template <typename Spec>
Stage StageOf(const Spec&, std::int64_t done, std::int64_t total) {
  return {"resampling", done, total};
}

// The content key of a specification on a table, explained to whoever asks for it later.
template <typename Spec>
std::string DescribedKey(const CallContext& context, const common::v1::TableSpec& table, const Panel& panel,
                         const Spec& spec) {
  const canonical::Value action = DescribeAction(panel, spec);
  std::string key = ActionKey(action);
  context.cache.Describe(key, table.snapshot_digest(), [&action] { return action.Encode(); });
  return key;
}

// Answers one specification of the request with one result message.
template <typename Kind>
Status Answer(const CallContext& context, const typename Kind::Request& request, const typename Kind::Spec& spec,
              grpc::ServerWriter<typename Kind::Response>& writer, const std::stop_token& stop) {
  const auto started = std::chrono::steady_clock::now();
  ProgressWriter<typename Kind::Response> progress(writer);
  progress.Send("loading", 0, 0);
  FARRELL_ASSIGN_OR_RETURN(const Panel panel, ReadPanel(context.data, request.table(), ColumnsOf(spec), stop));
  const std::string key = DescribedKey(context, request.table(), panel, spec);
  const auto compute = [&](std::stop_token compute_stop) -> Result<std::string> {
    Environment environment;
    environment.stop = std::move(compute_stop);
    environment.parallel = MakeParallelFor(context.threads);
    environment.progress = [&](std::int64_t done, std::int64_t total) {
      const Stage stage = StageOf(spec, done, total);
      progress.Send(stage.name, stage.done, stage.total);
    };
    FARRELL_ASSIGN_OR_RETURN(const typename Kind::Reply reply, Kind::Compute(context, panel, spec, environment));
    return MessageBytes(reply);
  };
  FARRELL_ASSIGN_OR_RETURN(const ResultCache::Found found,
                           context.cache.GetOrCompute(key, request.skip_cache_lookup(), stop, compute));
  typename Kind::Response response;
  typename Kind::Reply& reply = *response.mutable_result();
  if (!reply.ParseFromString(found.bytes)) {
    return Internal("RESULT_VERIFICATION_FAILED", "the kept result cannot be read; ask again with skip_cache_lookup");
  }
  Kind::Place(request, reply);
  *reply.mutable_provenance() = MakeProvenance(request.table(), panel, Kind::Seed(spec), key);
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

// Whether the result of the response's key is at hand; a result that is not to be looked up is not.
void TellAtHand(const CallContext& context, bool skip_cache_lookup, v1::PlanFitResponse& response);

// Content key of one specification, and whether its result is at hand.
template <typename Request, typename Spec>
Status Plan(const CallContext& context, const Request& request, const Spec& spec, v1::PlanFitResponse& response,
            const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const Panel panel, ReadPanel(context.data, request.table(), ColumnsOf(spec), stop));
  response.set_action_key(DescribedKey(context, request.table(), panel, spec));
  TellAtHand(context, request.skip_cache_lookup(), response);
  return Status::Ok();
}

}  // namespace farrell::regression
