#include "services/dea/service/dea_service.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/numeric/abi.h"
#include "common/rpc/handler.h"
#include "services/dea/service/dataset.h"
#include "services/dea/service/evaluation_run.h"
#include "services/dea/service/inference_calls.h"
#include "services/dea/service/job.h"
#include "services/dea/service/network_call.h"
#include "services/dea/service/outlier_call.h"
#include "services/dea/service/productivity_call.h"
#include "services/dea/service/replication_call.h"
#include "services/dea/service/result_conversion.h"
#include "services/dea/service/verification.h"

namespace farrell::dea {
namespace {

Status SendAgain(const RecentAnswer& answer, Job& job, grpc::ServerWriter<v1::EvaluateResponse>& writer) {
  job.Reuse(answer.seconds);
  for (const v1::EvaluateResponse& block : answer.blocks) {
    if (!writer.Write(block)) return Cancelled();
  }
  v1::EvaluateResponse last;
  *last.mutable_summary() = answer.summary;
  job.SignOrigin(*last.mutable_summary()->mutable_origin());
  writer.WriteLast(last, {});  // leaves with the status
  return Status::Ok();
}

Status Evaluate(RecentAnswers& recent, data::v1::DataService::StubInterface& data, const v1::EvaluateRequest& request,
                Job& job, grpc::ServerWriter<v1::EvaluateResponse>& writer) {
  const auto asked = RecentAnswers::Clock::now();
  const std::string recent_key = RecentAnswers::KeyOf(request);
  if (const auto answer = request.skip_cache_lookup() ? nullptr : recent.Find(recent_key)) {
    return SendAgain(*answer, job, writer);
  }
  job.Stage("loading", 0);
  FARRELL_ASSIGN_OR_RETURN(const std::unique_ptr<Dataset> dataset,
                           ReadDataset(data, request.table(), request.model(), "", job.stop()));
  if (v1::Task* task = job.shared_task()) *task->mutable_evaluate() = request;
  EvaluationRun run(*dataset, job);
  job.Stage("solving", run.unit_count());
  FARRELL_RETURN_IF_ERROR(run.Obtain(request.skip_cache_lookup()));

  // Only what is asked for again is kept: by then it comes from memory.
  const bool keep = job.source() == ResultCache::Source::kMemory && dataset->panel.size() <= kResultsPerBlock;
  RecentAnswer kept;
  const MeasureOrder measures(dataset->requested);
  BlockWriter blocks(
      writer, [](v1::UnitBlock& block) { return block.mutable_units(); },
      [&](const v1::EvaluateResponse& block) {
        if (keep) kept.blocks.push_back(Packed(block));
      });
  for (const std::size_t at : TableOrder(dataset->panel)) {
    v1::UnitResult* unit = blocks.Next();
    if (unit == nullptr) return Cancelled();
    const std::string_view bytes = run.units().at(at);
    if (!unit->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
      return Internal("RESULT_VERIFICATION_FAILED", "the kept result cannot be read; ask again with skip_cache_lookup");
    }
    unit->set_row(dataset->panel.rows[at]);
    measures.ToRequest(*unit);
  }
  if (!blocks.Flush()) return Cancelled();

  v1::EvaluateResponse last;
  v1::EvaluationSummary& summary = *last.mutable_summary();
  summary = std::move(run.summary());
  *summary.mutable_model() = dataset->requested;
  AddDataWarnings(*dataset, *summary.mutable_warnings());
  const auto& bootstrap = dataset->spec.bootstrap;
  job.Sign(dataset->snapshot_digest, dataset->panel, run.key(),
           bootstrap ? std::optional<std::int64_t>(bootstrap->seed) : std::nullopt, summary);
  if (keep) {
    kept.summary = summary;
    kept.summary.clear_origin();
    kept.seconds = job.saved_seconds();
    recent.Keep(recent_key, asked, std::move(kept));
  }
  return writer.Write(last) ? Status::Ok() : Cancelled();
}

// Who goes first, from the metadata `farrell-priority`: interactive (default), scheduled, backfill.
queue::Priority PriorityOf(const grpc::ServerContext* context) {
  if (context == nullptr) return queue::Priority::kInteractive;
  const auto found = context->client_metadata().find("farrell-priority");
  if (found == context->client_metadata().end()) return queue::Priority::kInteractive;
  for (const queue::Priority priority : queue::kPriorities) {
    if (found->second == queue::PriorityName(priority)) return priority;
  }
  return queue::Priority::kInteractive;
}

}  // namespace

DeaService::DeaService(ChannelProvider data, ResultCache& cache, int threads, Solvers* solvers)
    : data_(std::move(data)), cache_(cache), threads_(std::max(threads, 1)), solvers_(solvers) {}

template <typename Request, typename Response, typename StreamingCall>
grpc::Status DeaService::Stream(const char* method, grpc::ServerContext* context, const Request& request,
                                grpc::ServerWriter<Response>& writer, const StreamingCall& call) {
  return Guard(std::string("farrell.dea.v1.DeaService/") + method, context, [&](std::stop_token stop) {
    Job job(cache_, threads_, std::move(stop), writer);
    job.Share(solvers_, PriorityOf(context));
    return call(*data_, request, job, writer);
  });
}

grpc::Status DeaService::Evaluate(grpc::ServerContext* context, const v1::EvaluateRequest* request,
                                  grpc::ServerWriter<v1::EvaluateResponse>* writer) {
  return Stream("Evaluate", context, *request, *writer, [this](auto& data, const auto& asked, Job& job, auto& replies) {
    return dea::Evaluate(recent_, data, asked, job, replies);
  });
}

grpc::Status DeaService::MeasureProductivity(grpc::ServerContext* context,
                                             const v1::MeasureProductivityRequest* request,
                                             grpc::ServerWriter<v1::MeasureProductivityResponse>* writer) {
  return Stream("MeasureProductivity", context, *request, *writer, &dea::MeasureProductivity);
}

grpc::Status DeaService::EvaluateNetwork(grpc::ServerContext* context, const v1::EvaluateNetworkRequest* request,
                                         grpc::ServerWriter<v1::EvaluateNetworkResponse>* writer) {
  return Stream("EvaluateNetwork", context, *request, *writer, &dea::EvaluateNetwork);
}

grpc::Status DeaService::ScoreReplications(grpc::ServerContext* context, const v1::ScoreReplicationsRequest* request,
                                           grpc::ServerWriter<v1::ScoreReplicationsResponse>* writer) {
  return Stream("ScoreReplications", context, *request, *writer, &dea::ScoreReplications);
}

grpc::Status DeaService::FindOutliers(grpc::ServerContext* context, const v1::FindOutliersRequest* request,
                                      grpc::ServerWriter<v1::FindOutliersResponse>* writer) {
  return Stream("FindOutliers", context, *request, *writer, &dea::FindOutliers);
}

grpc::Status DeaService::TestReturnsToScale(grpc::ServerContext* context, const v1::TestReturnsToScaleRequest* request,
                                            grpc::ServerWriter<v1::TestReturnsToScaleResponse>* writer) {
  return Stream("TestReturnsToScale", context, *request, *writer, &dea::TestReturnsToScale);
}

grpc::Status DeaService::CompareGroups(grpc::ServerContext* context, const v1::CompareGroupsRequest* request,
                                       grpc::ServerWriter<v1::CompareGroupsResponse>* writer) {
  return Stream("CompareGroups", context, *request, *writer, &dea::CompareGroups);
}

grpc::Status DeaService::PlanEvaluation(grpc::ServerContext* context, const v1::PlanEvaluationRequest* request,
                                        v1::PlanEvaluationResponse* response) {
  return Guard("farrell.dea.v1.DeaService/PlanEvaluation", context, [&](std::stop_token stop) -> Status {
    Job job(cache_, threads_, std::move(stop), [](const common::v1::Progress&) {});
    if (request->has_network()) return PlanNetwork(*data_, request->network(), job, *response);
    if (request->has_productivity()) return PlanProductivity(*data_, request->productivity(), job, *response);
    if (request->has_replications()) return PlanReplications(*data_, request->replications(), job, *response);
    if (request->has_returns_to_scale()) {
      return PlanReturnsToScale(*data_, request->returns_to_scale(), job, *response);
    }
    const v1::EvaluateRequest& planned = request->request();
    FARRELL_ASSIGN_OR_RETURN(const std::unique_ptr<Dataset> dataset,
                             ReadDataset(*data_, planned.table(), planned.model(), "request.", job.stop()));
    EvaluationRun run(*dataset, job);
    response->set_action_key(run.key());
    const auto found = planned.skip_cache_lookup() ? std::nullopt : cache_.Lookup(run.key());
    if (found) response->set_at_hand(ToProto(found->source));
    if (found) return Status::Ok();
    const EvaluationRun::Outlook ahead = run.LookAhead(planned.skip_cache_lookup() || cache_.IsPutAside(run.key()));
    response->set_problem_count(ahead.problems);
    response->set_certified_count(ahead.certified);
    return Status::Ok();
  });
}

grpc::Status DeaService::VerifyEvaluation(grpc::ServerContext* context, const v1::VerifyEvaluationRequest* request,
                                          v1::VerifyEvaluationResponse* response) {
  return Guard("farrell.dea.v1.DeaService/VerifyEvaluation", context, [&](std::stop_token stop) -> Status {
    const v1::StoredEvaluation& evaluation = request->evaluation();
    FARRELL_RETURN_IF_ERROR(VerifyAlone(evaluation, *response));
    if (!request->has_table()) return Status::Ok();
    const std::string& computed_on = evaluation.summary().provenance().snapshot_digest();
    if (request->table().snapshot_digest() != computed_on) {
      return InvalidArgument("SNAPSHOT_MISMATCH", "the evaluation was computed on the snapshot " + computed_on +
                                                      ", the table is of " + request->table().snapshot_digest());
    }
    Job job(cache_, threads_, std::move(stop), [](const common::v1::Progress&) {});
    FARRELL_ASSIGN_OR_RETURN(const std::unique_ptr<Dataset> dataset,
                             ReadDataset(*data_, request->table(), evaluation.summary().model(), "", job.stop()));
    return VerifyAgainst(*dataset, evaluation, job, *response);
  });
}

grpc::Status DeaService::GetCapabilities(grpc::ServerContext* context, const v1::GetCapabilitiesRequest*,
                                         v1::GetCapabilitiesResponse* response) {
  return Guard("farrell.dea.v1.DeaService/GetCapabilities", context, [&](const std::stop_token&) {
    response->set_algo_rev(kAlgorithmRevision);
    response->set_num_abi(std::string(numeric::kNumAbi));
    response->set_max_dimension(kMaxDimension);
    response->set_max_row_count(kMaxRowCount);
    return Status::Ok();
  });
}

}  // namespace farrell::dea
