#include "services/reporting/service/step_runner.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "common/rpc/message_bytes.h"

namespace farrell::reporting {
namespace {

using common::v1::ResultOrigin;

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Reads a stream of responses whose `part` is progress or a piece of the result.
template <typename Response, typename Stream, typename Take>
Status ReadStream(Stream& stream, const std::string& step_id, const ProgressSink& progress, const Take& take) {
  for (Response response; stream.Read(&response);) {
    if (response.has_progress()) {
      common::v1::Progress told = response.progress();
      if (!told.stage().empty()) told.set_message(told.message().empty() ? told.stage() : told.message());
      told.set_stage(step_id);
      progress(told);
    } else {
      take(response);
    }
  }
  return FromGrpc(stream.Finish());
}

Status Incomplete(const std::string& service) {
  return Internal("STREAM_INCOMPLETE", "the " + service + " service ended its stream without a result");
}

// Reads a stream of blocks and a summary into a stored result; where it came from goes to `origin`.
template <typename Response, typename Stream, typename Stored, typename TakeBlock>
Status ReadBlocks(Stream& stream, const std::string& step_id, const ProgressSink& progress, Stored& stored,
                  ResultOrigin& origin, const TakeBlock& take_block) {
  FARRELL_RETURN_IF_ERROR(ReadStream<Response>(stream, step_id, progress, [&](Response& response) {
    if (response.has_block()) take_block(response);
    if (response.has_summary()) stored.mutable_summary()->Swap(response.mutable_summary());
  }));
  if (!stored.has_summary()) return Incomplete("dea");
  origin.CopyFrom(stored.summary().origin());
  stored.mutable_summary()->clear_origin();
  return Status::Ok();
}

std::string Bytes(const v1::StoredStep& step) { return MessageBytes(step); }

bool Matches(const Step& step, const v1::StoredStep& stored) {
  switch (stored.result_case()) {
    case v1::StoredStep::kEvaluation: return std::holds_alternative<dea::v1::EvaluateRequest>(step.request);
    case v1::StoredStep::kNetwork: return std::holds_alternative<dea::v1::EvaluateNetworkRequest>(step.request);
    case v1::StoredStep::kProductivity: return step.kind == "productivity";
    case v1::StoredStep::kFit: return step.kind == "regression" || step.kind == "trend";
    case v1::StoredStep::kCompare: return step.kind == "comparison";
    case v1::StoredStep::kSpecification: return step.kind == "specification";
    case v1::StoredStep::kSecondStage: return step.kind == "second_stage";
    case v1::StoredStep::kCurve: return step.kind == "curve";
    case v1::StoredStep::kNowcast: return step.kind == "nowcast";
    case v1::StoredStep::kEarlyWarning: return step.kind == "early_warning";
    case v1::StoredStep::kReturnsToScale: return step.kind == "returns_to_scale";
    case v1::StoredStep::RESULT_NOT_SET: return false;
  }
  return false;
}

std::optional<v1::StoredStep> Parse(const Step& step, const std::string& bytes) {
  v1::StoredStep stored;
  if (!stored.ParseFromString(bytes) || !Matches(step, stored)) return std::nullopt;
  return stored;
}

// The same cells may stand in several snapshots; the result speaks of the one it was asked for.
void NameSnapshot(const Step& step, v1::StoredStep& stored) {
  const auto digest = std::visit(
      [](const auto& request) -> std::string {
        if constexpr (std::is_same_v<std::decay_t<decltype(request)>, std::monostate>) {
          return {};
        } else {
          return request.table().snapshot_digest();
        }
      },
      step.request);
  const auto set = [&](common::v1::Provenance& provenance) { provenance.set_snapshot_digest(digest); };
  if (stored.has_evaluation()) set(*stored.mutable_evaluation()->mutable_summary()->mutable_provenance());
  if (stored.has_network()) set(*stored.mutable_network()->mutable_summary()->mutable_provenance());
  if (stored.has_productivity()) set(*stored.mutable_productivity()->mutable_summary()->mutable_provenance());
  if (stored.has_fit()) set(*stored.mutable_fit()->mutable_provenance());
  if (stored.has_compare()) {
    set(*stored.mutable_compare()->mutable_provenance());
    set(*stored.mutable_compare()->mutable_pooled()->mutable_provenance());
    for (regression::v1::GroupFit& group : *stored.mutable_compare()->mutable_groups()) {
      set(*group.mutable_fit()->mutable_provenance());
    }
  }
  if (stored.has_specification()) set(*stored.mutable_specification()->mutable_provenance());
  if (stored.has_curve()) set(*stored.mutable_curve()->mutable_provenance());
  if (stored.has_returns_to_scale()) set(*stored.mutable_returns_to_scale()->mutable_provenance());
  if (stored.has_second_stage()) {
    set(*stored.mutable_second_stage()->mutable_provenance());
    if (stored.second_stage().has_fit()) set(*stored.mutable_second_stage()->mutable_fit()->mutable_provenance());
  }
}

void ClearOrigins(regression::v1::FitResult& result) { result.clear_origin(); }
void ClearOrigins(regression::v1::SpecificationResult& result) { result.clear_origin(); }
void ClearOrigins(regression::v1::SpecificationCurveResult& result) { result.clear_origin(); }

void ClearOrigins(regression::v1::SecondStageResult& result) {
  result.clear_origin();
  if (result.has_fit()) result.mutable_fit()->clear_origin();
}

void ClearOrigins(regression::v1::CompareResult& result) {
  result.clear_origin();
  result.mutable_pooled()->clear_origin();
  for (regression::v1::GroupFit& group : *result.mutable_groups()) group.mutable_fit()->clear_origin();
}

// Reads a stream whose last message is the result; where it came from goes to `origin`.
template <typename Response, typename Stream, typename Stored>
Status ReadResult(Stream& stream, const std::string& step_id, const ProgressSink& progress, Stored& stored,
                  ResultOrigin& origin) {
  bool found = false;
  FARRELL_RETURN_IF_ERROR(ReadStream<Response>(stream, step_id, progress, [&](Response& response) {
    if (!response.has_result()) return;
    stored.Swap(response.mutable_result());
    found = true;
  }));
  if (!found) return Incomplete("regression");
  origin.CopyFrom(stored.origin());
  ClearOrigins(stored);
  return Status::Ok();
}

}  // namespace

Status StepFailed(const std::string& step_id, const Status& cause) {
  if (cause.code() == Code::kCancelled || cause.code() == Code::kDeadlineExceeded) return cause;
  // A service that is away or full may be there a moment later; everything else will fail again.
  const bool passing = cause.code() == Code::kUnavailable || cause.code() == Code::kResourceExhausted;
  Status failed(passing ? cause.code() : Code::kFailedPrecondition, "STEP_FAILED",
                "step " + step_id + " failed: " + cause.message());
  failed.With("step", step_id).With("cause", cause.reason());
  failed.WithViolations(cause.violations());
  return failed;
}

std::optional<v1::StoredStep> StepRunner::Kept(const Step& step, const std::string& action_key) {
  const std::optional<std::string> bytes = store_.FindStep(action_key);
  if (!bytes) return std::nullopt;
  std::optional<v1::StoredStep> stored = Parse(step, *bytes);
  if (stored) NameSnapshot(step, *stored);
  return stored;
}

Result<StepResult> StepRunner::Run(const Step& step, bool skip_cache_lookup, const std::stop_token& stop,
                                   const ProgressSink& progress) {
  const auto start = std::chrono::steady_clock::now();
  StepResult result;
  result.finished.set_id(step.id);
  ResultOrigin& origin = *result.finished.mutable_origin();
  if (const auto* describe = std::get_if<data::v1::DescribeTableRequest>(&step.request)) {
    FARRELL_ASSIGN_OR_RETURN(
        result.description,
        Invoke(services_.data(), &data::v1::DataService::StubInterface::DescribeTable, *describe, stop));
    result.finished.set_action_key(result.description.provenance().action_key());
    origin.set_source(ResultOrigin::SOURCE_COMPUTED);
  } else {
    FARRELL_ASSIGN_OR_RETURN(const StepKey key, PlanStep(services_, step, stop));
    result.finished.set_action_key(key.action_key);
    // The leader looks into the store; whoever asks meanwhile waits for it.
    FARRELL_ASSIGN_OR_RETURN(
        const ResultCache::Found found,
        flights_.GetOrCompute(key.action_key, skip_cache_lookup, stop,
                              [&](const std::stop_token& flight_stop) -> Result<std::string> {
                                if (!skip_cache_lookup) {
                                  if (const std::optional<std::string> kept = store_.FindStep(key.action_key);
                                      kept && Parse(step, *kept)) {
                                    origin.set_source(ResultOrigin::SOURCE_STORE);
                                    return *kept;
                                  }
                                }
                                const auto begun = std::chrono::steady_clock::now();
                                FARRELL_ASSIGN_OR_RETURN(
                                    std::string bytes, Compute(step, skip_cache_lookup, flight_stop, progress, origin));
                                // What another cache had tells nothing about the time its computation took.
                                std::optional<double> seconds;
                                if (origin.source() == ResultOrigin::SOURCE_COMPUTED) seconds = SecondsSince(begun);
                                if (const Status kept = store_.KeepStep(key.action_key, bytes, seconds); !kept.ok()) {
                                  spdlog::warn("step {} is not kept: {}", step.id, kept.message());
                                }
                                return bytes;
                              }));
    if (found.source != ResultCache::Source::kComputed) origin.set_source(ResultOrigin::SOURCE_COALESCED);
    std::optional<v1::StoredStep> stored = Parse(step, found.bytes);
    if (!stored) return Internal("RESULT_INVALID", "the result of step " + step.id + " cannot be read");
    result.stored = std::move(*stored);
    NameSnapshot(step, result.stored);
  }
  origin.set_elapsed_seconds(SecondsSince(start));
  if (origin.source() == ResultOrigin::SOURCE_STORE) {
    if (const std::optional<double> computing = store_.StepSeconds(result.finished.action_key())) {
      result.finished.set_saved_seconds(std::max(0.0, *computing - origin.elapsed_seconds()));
    }
  }
  return result;
}

Result<std::string> StepRunner::Compute(const Step& step, bool skip_cache_lookup, const std::stop_token& stop,
                                        const ProgressSink& progress, ResultOrigin& origin) {
  Call call(stop);
  v1::StoredStep stored;
  if (const auto* evaluate = std::get_if<dea::v1::EvaluateRequest>(&step.request)) {
    dea::v1::EvaluateRequest request = *evaluate;
    request.set_skip_cache_lookup(skip_cache_lookup);
    const auto stream = services_.dea().Evaluate(call.context(), request);
    FARRELL_RETURN_IF_ERROR(ReadBlocks<dea::v1::EvaluateResponse>(
        *stream, step.id, progress, *stored.mutable_evaluation(), origin,
        [&](const dea::v1::EvaluateResponse& response) {
          stored.mutable_evaluation()->mutable_units()->MergeFrom(response.block().units());
        }));
  } else if (const auto* network = std::get_if<dea::v1::EvaluateNetworkRequest>(&step.request)) {
    dea::v1::EvaluateNetworkRequest request = *network;
    request.set_skip_cache_lookup(skip_cache_lookup);
    const auto stream = services_.dea().EvaluateNetwork(call.context(), request);
    FARRELL_RETURN_IF_ERROR(ReadBlocks<dea::v1::EvaluateNetworkResponse>(
        *stream, step.id, progress, *stored.mutable_network(), origin,
        [&](const dea::v1::EvaluateNetworkResponse& response) {
          stored.mutable_network()->mutable_results()->MergeFrom(response.block().results());
        }));
  } else if (const auto* productivity = std::get_if<dea::v1::MeasureProductivityRequest>(&step.request)) {
    dea::v1::MeasureProductivityRequest request = *productivity;
    request.set_skip_cache_lookup(skip_cache_lookup);
    const auto stream = services_.dea().MeasureProductivity(call.context(), request);
    FARRELL_RETURN_IF_ERROR(ReadBlocks<dea::v1::MeasureProductivityResponse>(
        *stream, step.id, progress, *stored.mutable_productivity(), origin,
        [&](const dea::v1::MeasureProductivityResponse& response) {
          stored.mutable_productivity()->mutable_results()->MergeFrom(response.block().results());
        }));
  } else if (const auto* fit = std::get_if<regression::v1::FitRequest>(&step.request)) {
    regression::v1::FitRequest request = *fit;
    request.set_skip_cache_lookup(skip_cache_lookup);
    const auto stream = services_.regression().Fit(call.context(), request);
    FARRELL_RETURN_IF_ERROR(
        ReadResult<regression::v1::FitResponse>(*stream, step.id, progress, *stored.mutable_fit(), origin));
  } else if (const auto* compare = std::get_if<regression::v1::CompareRequest>(&step.request)) {
    regression::v1::CompareRequest request = *compare;
    request.set_skip_cache_lookup(skip_cache_lookup);
    const auto stream = services_.regression().Compare(call.context(), request);
    FARRELL_RETURN_IF_ERROR(
        ReadResult<regression::v1::CompareResponse>(*stream, step.id, progress, *stored.mutable_compare(), origin));
  } else if (const auto* tests = std::get_if<regression::v1::TestSpecificationRequest>(&step.request)) {
    regression::v1::TestSpecificationRequest request = *tests;
    request.set_skip_cache_lookup(skip_cache_lookup);
    const auto stream = services_.regression().TestSpecification(call.context(), request);
    FARRELL_RETURN_IF_ERROR(ReadResult<regression::v1::TestSpecificationResponse>(
        *stream, step.id, progress, *stored.mutable_specification(), origin));
  } else if (const auto* second = std::get_if<regression::v1::SecondStageRequest>(&step.request)) {
    regression::v1::SecondStageRequest request = *second;
    request.set_skip_cache_lookup(skip_cache_lookup);
    const auto stream = services_.regression().SecondStage(call.context(), request);
    FARRELL_RETURN_IF_ERROR(ReadResult<regression::v1::SecondStageResponse>(*stream, step.id, progress,
                                                                            *stored.mutable_second_stage(), origin));
  } else if (const auto* curve = std::get_if<regression::v1::SpecificationCurveRequest>(&step.request)) {
    regression::v1::SpecificationCurveRequest request = *curve;
    request.set_skip_cache_lookup(skip_cache_lookup);
    const auto stream = services_.regression().FitSpecificationCurve(call.context(), request);
    FARRELL_RETURN_IF_ERROR(ReadResult<regression::v1::SpecificationCurveResponse>(*stream, step.id, progress,
                                                                                   *stored.mutable_curve(), origin));
  } else if (const auto* scale = std::get_if<dea::v1::TestReturnsToScaleRequest>(&step.request)) {
    dea::v1::TestReturnsToScaleRequest request = *scale;
    request.set_skip_cache_lookup(skip_cache_lookup);
    const auto stream = services_.dea().TestReturnsToScale(call.context(), request);
    dea::v1::ReturnsToScaleTests& answer = *stored.mutable_returns_to_scale();
    FARRELL_RETURN_IF_ERROR(ReadStream<dea::v1::TestReturnsToScaleResponse>(
        *stream, step.id, progress, [&](auto& response) { answer.Swap(response.mutable_tests()); }));
    if (!answer.has_provenance()) return Incomplete("dea");
    origin.CopyFrom(answer.origin());
    answer.clear_origin();
  }
  return Bytes(stored);
}

}  // namespace farrell::reporting
