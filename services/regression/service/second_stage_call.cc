#include "services/regression/service/second_stage_call.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/rpc/ask_again.h"
#include "common/rpc/call.h"
#include "common/rpc/error_mapping.h"
#include "services/regression/service/second_stage_conversion.h"

namespace farrell::regression {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

Status Malformed(const std::string& what) {
  return Internal("SCORES_STREAM_INVALID", "the dea service sent scores that contradict themselves: " + what);
}

template <typename Progress, typename Take>
Status ReadScoresOnce(dea::v1::DeaService::StubInterface& dea, const dea::v1::ScoreReplicationsRequest& request,
                      const std::stop_token& stop, const Progress& progress, const Take& take, bool& begun) {
  if (stop.stop_requested()) return Cancelled();
  grpc::ClientContext context;
  PrepareOutgoing(context);
  const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });
  const auto stream = dea.ScoreReplications(&context, request);
  dea::v1::ScoreReplicationsResponse message;
  Status malformed;
  while (malformed.ok() && stream->Read(&message)) {
    begun = true;
    if (message.has_progress()) {
      progress(message.progress());
    } else {
      malformed = take(message);
      if (!malformed.ok()) context.TryCancel();
    }
  }
  const grpc::Status finished = stream->Finish();
  if (!malformed.ok()) return malformed;
  if (stop.stop_requested()) return Cancelled();
  return finished.ok() ? Status::Ok() : FromGrpc(finished);
}

// Reads one call to its end; `take` gets every message that is not progress, from the layout on once more when the
// server has gone on the way.
template <typename Progress, typename Take>
Status ReadScores(dea::v1::DeaService::StubInterface& dea, const dea::v1::ScoreReplicationsRequest& request,
                  const std::stop_token& stop, const Progress& progress, const Take& take) {
  bool begun = false;
  return AskAgain(
      stop, [&] { return ReadScoresOnce(dea, request, stop, progress, take, begun); },
      [&](const Status&) { return begun; });
}

bool IsPooled(const dea::v1::Frontier& frontier) {
  return frontier.scheme() != dea::v1::Frontier::SCHEME_UNSPECIFIED &&
         frontier.scheme() != dea::v1::Frontier::SCHEME_CONTEMPORANEOUS;
}

// The first stage of a request, with the layout it came from.
struct Scored {
  FrontierScores first;
  dea::v1::ReplicationLayout layout;
};

Result<Scored> ReadFrontierScores(dea::v1::DeaService::StubInterface& dea, const v1::SecondStageRequest& request,
                                  const Panel& panel, const std::stop_token& stop) {
  dea::v1::ScoreReplicationsRequest asked;
  *asked.mutable_table() = request.table();
  *asked.mutable_model() = request.model();
  Scored scored;
  FARRELL_RETURN_IF_ERROR(ReadScores(
      dea, asked, stop, [](const common::v1::Progress&) {},
      [&](dea::v1::ScoreReplicationsResponse& message) {
        if (message.has_layout()) scored.layout = std::move(*message.mutable_layout());
        return Status::Ok();
      }));
  const dea::v1::ReplicationLayout& layout = scored.layout;
  if (layout.rows_size() != layout.distances_size()) return Malformed("rows and distances differ in number");
  std::unordered_map<std::int64_t, std::size_t> at;
  for (std::size_t i = 0; i < panel.size(); ++i) at.emplace(panel.rows[i], i);
  FrontierScores& first = scored.first;
  for (const std::int64_t row : layout.rows()) {
    const auto found = at.find(row);
    if (found == at.end() || (!first.rows.empty() && found->second <= first.rows.back())) {
      return Malformed("row " + std::to_string(row) + " is not where it belongs");
    }
    first.rows.push_back(found->second);
  }
  first.distances = Eigen::Map<const Eigen::VectorXd>(layout.distances().data(), layout.distances_size());
  if (!(first.distances.array() >= 1.0).all()) return Malformed("a distance below 1");
  first.output_oriented = request.model().orientation() == dea::v1::ORIENTATION_OUTPUT;
  first.constant_returns = request.model().rts() == dea::v1::RETURNS_TO_SCALE_UNSPECIFIED ||
                           request.model().rts() == dea::v1::RETURNS_TO_SCALE_CRS;
  first.pooled_periods = panel.has_time() && IsPooled(request.model().frontier());
  first.units.assign(layout.units().begin(), layout.units().end());
  first.frontier_unit_count = layout.unit_count();
  first.rate = layout.rate();
  return scored;
}

// Draws in requests of bounded size, scores into rows of a matrix.
class RemoteScores {
 public:
  RemoteScores(dea::v1::DeaService::StubInterface& dea, const v1::SecondStageRequest& request, const Scored& scored)
      : dea_(dea), scored_(scored) {
    *base_.mutable_table() = request.table();
    *base_.mutable_model() = request.model();
    *base_.mutable_rows() = scored.layout.rows();
    *base_.mutable_units() = scored.layout.units();
  }

  Result<MatrixXd> Score(const std::vector<FrontierDraw>& draws, const std::function<void(std::int64_t)>& done,
                         const std::stop_token& stop) const {
    // Two million factors are 16 megabytes.
    constexpr Index kNumbers = 2'000'000;
    const Index width = scored_.first.distances.size();
    const auto count = static_cast<Index>(draws.size());
    const Index step = std::max<Index>(1, kNumbers / std::max<Index>(1, width));
    MatrixXd scores(count, width);
    for (Index begin = 0; begin < count; begin += step) {
      const Index end = std::min(count, begin + step);
      dea::v1::ScoreReplicationsRequest request = base_;
      for (Index r = begin; r < end; ++r) {
        const FrontierDraw& draw = draws[static_cast<std::size_t>(r)];
        dea::v1::Replication& replication = *request.add_replications();
        replication.mutable_factors()->Add(draw.factors.begin(), draw.factors.end());
        replication.mutable_units()->Add(draw.units.begin(), draw.units.end());
      }
      Index next = begin;
      FARRELL_RETURN_IF_ERROR(ReadScores(
          dea_, request, stop,
          [&](const common::v1::Progress& progress) {
            if (progress.stage() == "bootstrap") done(begin + progress.completed_count());
          },
          [&](const dea::v1::ScoreReplicationsResponse& message) {
            if (message.has_layout()) next = begin;
            for (const dea::v1::ReplicationScores& replication : message.block().replications()) {
              if (next == end || replication.replication() != next - begin || replication.distances_size() != width) {
                return Malformed("replications out of order");
              }
              scores.row(next++) = Eigen::Map<const Eigen::RowVectorXd>(replication.distances().data(), width);
            }
            return Status::Ok();
          }));
      if (next != end) return Malformed("replications are missing");
      done(end);
    }
    return scores;
  }

 private:
  dea::v1::DeaService::StubInterface& dea_;
  const Scored& scored_;
  dea::v1::ScoreReplicationsRequest base_;
};

common::v1::Provenance ProvenanceOf(const v1::SecondStageRequest& request, const Panel& panel,
                                    const SecondStageSpec& spec, const std::string& key) {
  common::v1::Provenance provenance;
  provenance.set_snapshot_digest(request.table().snapshot_digest());
  provenance.set_known_at(panel.known_at);
  provenance.set_action_key(key);
  provenance.set_engine("regression");
  provenance.set_algo_rev(kSecondStageRevision);
  provenance.set_num_abi(std::string(numeric::kNumAbi));
  provenance.set_synthetic(panel.synthetic);
  if (spec.algorithm != SecondStageAlgorithm::kLogWithin) provenance.set_seed(spec.seed);
  return provenance;
}

// The content key, explained to whoever asks for it later, and that of its regression with it.
std::string KeyOf(const CallContext& context, const common::v1::TableSpec& table, const Panel& panel,
                  const SecondStageSpec& spec, const std::string& scores_key) {
  (void)DescribedKey(context, table, panel, FitOf(spec));
  const canonical::Value action = DescribeSecondStage(panel, spec, scores_key);
  std::string key = ActionKey(action);
  context.cache.Describe(key, table.snapshot_digest(), [&action] { return action.Encode(); });
  return key;
}

}  // namespace

Status AnswerSecondStage(const CallContext& context, dea::v1::DeaService::StubInterface& dea,
                         const v1::SecondStageRequest& request, grpc::ServerWriter<v1::SecondStageResponse>& writer,
                         const std::stop_token& stop) {
  const auto started = std::chrono::steady_clock::now();
  ProgressWriter<v1::SecondStageResponse> progress(writer);
  progress.Send("loading", 0, 0);
  FARRELL_ASSIGN_OR_RETURN(const SecondStageSpec spec, SecondStageSpecFromProto(request));
  FARRELL_ASSIGN_OR_RETURN(const Panel panel, ReadPanel(context.data, request.table(), ColumnsOf(spec), stop));
  FARRELL_ASSIGN_OR_RETURN(const Scored scored, ReadFrontierScores(dea, request, panel, stop));
  const std::string key = KeyOf(context, request.table(), panel, spec, scored.layout.content_key());
  const RemoteScores remote(dea, request, scored);

  const auto compute = [&](std::stop_token compute_stop) -> Result<std::string> {
    const SharedWorkScope shared;
    Environment environment;
    environment.stop = std::move(compute_stop);
    environment.parallel = MakeParallelFor(context.threads);
    environment.progress = [&](std::int64_t done, std::int64_t total) { progress.Send("bootstrap", done, total); };
    FARRELL_ASSIGN_OR_RETURN(
        const SecondStageResult result,
        SecondStage(
            panel, scored.first, spec,
            [&](const std::vector<FrontierDraw>& draws, const std::function<void(std::int64_t)>& done,
                const std::stop_token& scores_stop) { return remote.Score(draws, done, scores_stop); },
            environment));
    return MessageBytes(ToProto(panel, scored.first, spec, result));
  };
  FARRELL_ASSIGN_OR_RETURN(const ResultCache::Found found,
                           context.cache.GetOrCompute(key, request.skip_cache_lookup(), stop, compute));

  v1::SecondStageResponse response;
  v1::SecondStageResult& reply = *response.mutable_result();
  if (!reply.ParseFromString(found.bytes)) {
    return Internal("RESULT_VERIFICATION_FAILED", "the kept result cannot be read; ask again with skip_cache_lookup");
  }
  reply.mutable_warnings()->MergeFrom(scored.layout.warnings());
  *reply.mutable_model() = request.model();
  reply.set_where(request.table().where());
  *reply.mutable_provenance() = ProvenanceOf(request, panel, spec, key);
  if (reply.has_fit()) {
    reply.mutable_fit()->set_where(request.table().where());
    *reply.mutable_fit()->mutable_provenance() = reply.provenance();
  }
  common::v1::ResultOrigin& origin = *reply.mutable_origin();
  origin.set_source(SourceToProto(found.source));
  origin.set_solved_count(found.source == ResultCache::Source::kComputed
                              ? std::int64_t{reply.replications()} + reply.first_replications() + 1
                              : 0);
  origin.set_elapsed_seconds(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
  if (response.ByteSizeLong() > kMaxReplyBytes) {
    return Status{Code::kResourceExhausted, "RESULT_TOO_LARGE",
                  "the result is larger than a reply may be; filter the table or leave out return_distances"};
  }
  return writer.Write(response) ? Status::Ok() : Cancelled();
}

Status PlanSecondStage(const CallContext& context, dea::v1::DeaService::StubInterface& dea,
                       const v1::SecondStageRequest& request, v1::PlanFitResponse& response,
                       const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const SecondStageSpec spec, SecondStageSpecFromProto(request));
  FARRELL_ASSIGN_OR_RETURN(const Panel panel, ReadPanel(context.data, request.table(), ColumnsOf(spec), stop));
  dea::v1::PlanEvaluationRequest asked;
  *asked.mutable_replications()->mutable_table() = request.table();
  *asked.mutable_replications()->mutable_model() = request.model();
  grpc::ClientContext call;
  PrepareOutgoing(call);
  const std::stop_callback cancel(stop, [&call] { call.TryCancel(); });
  dea::v1::PlanEvaluationResponse scores;
  if (const grpc::Status status = dea.PlanEvaluation(&call, asked, &scores); !status.ok()) return FromGrpc(status);
  response.set_action_key(KeyOf(context, request.table(), panel, spec, scores.action_key()));
  TellAtHand(context, request.skip_cache_lookup(), response);
  return Status::Ok();
}

}  // namespace farrell::regression
