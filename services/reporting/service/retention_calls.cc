#include "services/reporting/service/retention_calls.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "common/access/data_access.h"
#include "common/rpc/call.h"
#include "common/text/time.h"
#include "common/text/utf8.h"
#include "services/reporting/service/run_access.h"
#include "services/reporting/service/run_bundle.h"

namespace farrell::reporting {
namespace {

std::string Caller() { return CurrentCall() == nullptr ? "" : CurrentCall()->principal; }

text::SystemTime Now() { return std::chrono::system_clock::now(); }

}  // namespace

Status AddHolds(StepStore& store, std::span<v1::Run> runs) {
  FARRELL_ASSIGN_OR_RETURN(const auto holds, store.keeper().Holds(Now()));
  for (v1::Run& run : runs) {
    const auto of_run = holds.find(run.id());
    if (of_run != holds.end()) run.mutable_holds()->Add(of_run->second.begin(), of_run->second.end());
  }
  return Status::Ok();
}

Result<v1::HoldRunResponse> HoldRun(const RunEnvironment& environment, const v1::HoldRunRequest& request,
                                    const std::stop_token& stop) {
  FARRELL_RETURN_IF_ERROR(CheckHold(request.hold(), Now()));
  FARRELL_ASSIGN_OR_RETURN(const v1::Run run,
                           FindOpenRun(environment.services, environment.store, request.run_id(), stop));
  if (run.state() == v1::Run::STATE_RUNNING) {
    return FailedPrecondition("RUN_UNDER_WAY", "run " + run.id() + " is under way: hold it once it has finished")
        .With("run", run.id());
  }
  v1::HoldRunResponse response;
  response.set_run_id(run.id());
  *response.mutable_hold() = request.hold();
  response.mutable_hold()->set_placed_by(Caller());
  response.mutable_hold()->set_placed_at(text::FormatTime(Now()));
  Result<std::string> bundle = BundleRun(environment, run.id(), stop);
  const bool cannot_be =
      bundle.status().code() == Code::kFailedPrecondition || bundle.status().code() == Code::kNotFound;
  if (!bundle.ok() && !cannot_be) return bundle.status();
  if (bundle.ok()) {
    response.set_bundle_bytes(static_cast<std::int64_t>(bundle->size()));
  } else {
    response.set_not_bundled(bundle.status().message());
  }
  FARRELL_RETURN_IF_ERROR(
      environment.store.keeper().Place(run.id(), response.hold(), bundle.ok() ? *bundle : std::string()));
  return response;
}

Result<v1::ReleaseRunResponse> ReleaseRun(const RunEnvironment& environment, const v1::ReleaseRunRequest& request,
                                          const std::stop_token& stop) {
  StepStore& store = environment.store;
  FARRELL_ASSIGN_OR_RETURN(v1::Run run, FindOpenRun(environment.services, environment.store, request.run_id(), stop));
  FARRELL_RETURN_IF_ERROR(store.keeper().Release(run.id(), request.name(), Now()));
  FARRELL_RETURN_IF_ERROR(AddHolds(store, {&run, 1}));
  v1::ReleaseRunResponse response;
  response.set_run_id(run.id());
  *response.mutable_holds() = run.holds();
  return response;
}

Result<v1::RemovedRun> RemoveRun(const RunEnvironment& environment, const v1::RemoveRunRequest& request,
                                 const std::stop_token& stop) {
  if (request.run_id().empty() || request.run_id() == "latest") {
    return InvalidArgument("RUN_ID_INVALID", "a run is removed by its id, not as the latest")
        .WithViolations({{"run_id", "the id of a run, or at least 6 characters of it"}});
  }
  constexpr std::size_t kLongestReason = 1000;
  if (request.reason().size() > kLongestReason || text::ValidUtf8Length(request.reason()) != request.reason().size() ||
      request.reason().find('\0') != std::string::npos) {
    return InvalidArgument("REASON_INVALID", "the reason is too long or no text")
        .WithViolations({{"reason", "at most 1000 bytes of text"}});
  }
  FARRELL_ASSIGN_OR_RETURN(const v1::Run run,
                           FindOpenRun(environment.services, environment.store, request.run_id(), stop));
  return environment.store.keeper().Remove(run.id(), request.reason(), Caller(), Now());
}

Result<v1::ApplyRetentionResponse> ApplyRetention(StepStore& store, const v1::ApplyRetentionRequest& request) {
  constexpr std::int64_t kLongestAge = 10'000'000'000;
  constexpr int kMostRuns = 1000;
  if (!access::DataAccess::OfCurrentCall().MayReadAll()) {
    return Status(
        Code::kPermissionDenied, "RETENTION_OF_ALL",
        "retention takes runs of every project: the grant needs the data pattern * and the scope data.embargoed");
  }
  Violations violations;
  if (request.older_than_seconds() < 1 || request.older_than_seconds() > kLongestAge) {
    violations.Add("older_than_seconds", "seconds in [1, 10^10]");
  }
  if (request.keep_latest() < 0 || request.keep_latest() > kMostRuns) {
    violations.Add("keep_latest", "range [1, 1000]; 0: 1");
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("FIELD_OUT_OF_RANGE", "retention cannot be applied"));
  // No run is older than the epoch.
  const text::SystemTime before =
      std::max(text::SystemTime(), Now() - std::chrono::seconds(request.older_than_seconds()));
  return store.keeper().ApplyRetention(
      {.before = before, .keep_latest = std::max(1, request.keep_latest()), .dry_run = request.dry_run()}, Caller(),
      Now());
}

}  // namespace farrell::reporting
