#include "services/reporting/service/step_runner.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "common/rpc/log.h"
#include "common/rpc/message_bytes.h"
#include "farrell/data/v1/data.grpc.pb.h"

namespace farrell::reporting {
namespace {

using common::v1::ResultOrigin;

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::optional<v1::StoredStep> Parse(const Step& step, const std::string& bytes) {
  v1::StoredStep stored;
  if (!stored.ParseFromString(bytes) || !Answers(step, stored)) return std::nullopt;
  return stored;
}

// The same cells may have been kept as those of another snapshot: that is not of the content.
bool ReadsAs(const Step& step, const std::string& kept, v1::StoredStep computed) {
  std::optional<v1::StoredStep> stored = Parse(step, kept);
  if (!stored) return false;
  NameSnapshot(step, *stored);
  NameSnapshot(step, computed);
  return MessageBytes(*stored) == MessageBytes(computed);
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
        Invoke(*services_.data(), &data::v1::DataService::StubInterface::DescribeTable, *describe, stop));
    result.finished.set_action_key(result.description.provenance().action_key());
    origin.set_source(ResultOrigin::SOURCE_COMPUTED);
  } else {
    FARRELL_ASSIGN_OR_RETURN(const StepKey key, PlanStep(services_, step, stop));
    result.finished.set_action_key(key.action_key);
    // The leader looks into the store; whoever asks meanwhile waits for it.
    FARRELL_ASSIGN_OR_RETURN(
        const ResultCache::Found found,
        flights_.GetOrCompute(
            key.action_key, skip_cache_lookup, stop, [&](const std::stop_token& flight_stop) -> Result<std::string> {
              if (!skip_cache_lookup) {
                if (const std::optional<std::string> kept = store_.FindStep(key.action_key);
                    kept && Parse(step, *kept)) {
                  origin.set_source(ResultOrigin::SOURCE_STORE);
                  return *kept;
                }
              }
              const auto begun = std::chrono::steady_clock::now();
              FARRELL_ASSIGN_OR_RETURN(const v1::StoredStep computed,
                                       CallStep(services_, step, skip_cache_lookup, flight_stop, progress, origin));
              std::string bytes = MessageBytes(computed);
              // What another cache had tells nothing about the time its computation took.
              std::optional<double> seconds;
              if (origin.source() == ResultOrigin::SOURCE_COMPUTED) seconds = SecondsSince(begun);
              const Status kept =
                  skip_cache_lookup
                      ? store_.KeepStepAgain(key.action_key, bytes, seconds, step.id,
                                             [&](const std::string& before) { return ReadsAs(step, before, computed); })
                      : store_.KeepStep(key.action_key, bytes, seconds);
              if (!kept.ok()) {
                Log(LogLevel::kWarning, "a step is not kept", {{"step", step.id}, {"error", kept.ToString()}});
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

}  // namespace farrell::reporting
