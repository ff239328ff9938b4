#include "services/reporting/service/scheduled_execution.h"

#include <optional>
#include <utility>
#include <vector>

#include "common/access/holder.h"
#include "common/observe/catalogue.h"
#include "common/rpc/log.h"
#include "common/text/time.h"
#include "services/reporting/engine/schedule/run_identity.h"
#include "services/reporting/service/publishing.h"
#include "services/reporting/service/schedule_data.h"
#include "services/reporting/service/scheduled_words.h"

namespace farrell::reporting {
namespace {

constexpr int kMostAttempts = 10;
constexpr std::chrono::seconds kFirstAttemptPause{15};
constexpr std::chrono::hours kLongestAttemptPause{1};

bool IsPassing(Code code) {
  return code == Code::kUnavailable || code == Code::kResourceExhausted || code == Code::kAborted ||
         code == Code::kDeadlineExceeded;
}

bool IsRefusal(Code code) {
  return code == Code::kPermissionDenied || code == Code::kUnauthenticated || code == Code::kNotFound;
}

class ScheduledExecution {
 public:
  ScheduledExecution(const ScheduleEnvironment& environment, const v1::StoredSchedule& stored, v1::ScheduledRun run,
                     const Holder& owner, const std::stop_token& stop, const std::stop_token& shutdown)
      : environment_(environment),
        store_(environment.run.store.database()),
        stored_(stored),
        run_(std::move(run)),
        owner_(owner),
        stop_(stop),
        shutdown_(shutdown) {}

  void Execute() {
    const Status done = Run();
    if (!done.ok()) EndFailed(done);
    metrics::kScheduledRuns.Add({std::string(StateWord(run_.state()))});
    Log(done.ok() ? LogLevel::kInfo : LogLevel::kWarning, "a scheduled run ended",
        {{"schedule", run_.schedule_name()},
         {"nominal", run_.nominal_time()},
         {"run", run_.run_id()},
         {"state", std::string(StateWord(run_.state()))},
         {"reason", run_.reason()}});
  }

 private:
  Status Run() {
    FARRELL_ASSIGN_OR_RETURN(CallInfo call, CallOfHolder(environment_, stored_.holder()));
    // Solvers do what somebody waits for first.
    const bool backfill = run_.cause() == v1::ScheduledRun::CAUSE_BACKFILL;
    call.passed_on.emplace_back("farrell-priority", backfill ? "backfill" : "scheduled");
    const CallScope scope(&call);
    FARRELL_ASSIGN_OR_RETURN(const v1::Run finished, RunTheStudy());
    run_.set_ended_at(text::FormatTime(environment_.now()));
    const std::vector<std::string> gates(stored_.schedule().gates().begin(), stored_.schedule().gates().end());
    if (const std::string held = HeldByGates(finished, gates); !held.empty()) return Withhold(held);
    run_.set_state(v1::ScheduledRun::STATE_PUBLISHED);
    const auto& hooks = stored_.schedule().webhooks();
    const PublishedBySchedule by_schedule{.scheduled = run_, .owner = owner_, .webhooks = {hooks.begin(), hooks.end()}};
    const Status published = PublishRun(environment_.run, finished, by_schedule, environment_.now(), stop_).status();
    // A backfill, most often: the run is there, and the study stands as it did.
    return published.reason() == "PUBLICATION_NEWER" ? Withhold(published.message()) : published;
  }

  Status Withhold(const std::string& reason) {
    run_.set_state(v1::ScheduledRun::STATE_WITHHELD);
    run_.set_reason(reason);
    return store_.End(run_, &owner_);
  }

  // The finished run of the study; one that had succeeded before its server went is taken as it is.
  Result<v1::Run> RunTheStudy() {
    constexpr std::size_t kIdLength = 16;
    const std::string id = run_.id().substr(0, kIdLength);
    run_.set_run_id(id);
    Result<v1::Run> before = environment_.run.store.FindRun(id);
    if (before.ok() && before->state() == v1::Run::STATE_SUCCEEDED) return before;
    const v1::StudySource source =
        OnSnapshot(stored_.schedule().source(), stored_.dataset(), run_.snapshot_digest(), run_.provisional_because());
    return RunStudy(environment_.run, source, {.skip_cache_lookup = false, .id = id}, stop_,
                    [](const common::v1::Progress&) {});
  }

  void EndFailed(const Status& failure) {
    run_.set_reason(failure.reason() + ": " + failure.message());
    run_.clear_ended_at();
    const schedule::Moment now = environment_.now();
    if (shutdown_.stop_requested()) {
      run_.set_state(v1::ScheduledRun::STATE_WAITING);
      run_.set_attempts(run_.attempts() - 1);
      run_.set_reason("the server that had begun it was stopped");
      Keep(store_.WaitAgain(run_, owner_, now));
      return;
    }
    if (!stop_.stop_requested() && IsPassing(failure.code()) && run_.attempts() < kMostAttempts) {
      const auto pause = std::chrono::ceil<std::chrono::seconds>(
          schedule::RetryPause(run_.id(), run_.attempts(), kFirstAttemptPause, kLongestAttemptPause));
      run_.set_state(v1::ScheduledRun::STATE_WAITING);
      run_.set_not_before(text::FormatTime(now + pause));
      Keep(store_.WaitAgain(run_, owner_, now + pause));
      return;
    }
    run_.set_state(stop_.stop_requested()      ? v1::ScheduledRun::STATE_CANCELLED
                   : IsRefusal(failure.code()) ? v1::ScheduledRun::STATE_REJECTED
                                               : v1::ScheduledRun::STATE_FAILED);
    run_.set_ended_at(text::FormatTime(now));
    Keep(store_.End(run_, &owner_));
  }

  // A row that cannot be written now has no sign of life any more, and is found so.
  void Keep(const Status& written) {
    if (written.ok()) return;
    Log(LogLevel::kWarning, "the end of a scheduled run could not be written",
        {{"schedule", run_.schedule_name()}, {"error", written.ToString()}});
  }

  const ScheduleEnvironment& environment_;
  ScheduleStore store_;
  const v1::StoredSchedule& stored_;
  v1::ScheduledRun run_;
  const Holder& owner_;
  const std::stop_token& stop_;
  const std::stop_token& shutdown_;
};

}  // namespace

Result<CallInfo> CallOfHolder(const ScheduleEnvironment& environment, const std::string& holder) {
  return access::CallInNameOf(environment.grants, holder, "farrell.reporting.v1.ReportingService/RunStudy");
}

void ExecuteScheduled(const ScheduleEnvironment& environment, const v1::StoredSchedule& stored, v1::ScheduledRun run,
                      const Holder& owner, const std::stop_token& stop, const std::stop_token& shutdown) {
  ScheduledExecution(environment, stored, std::move(run), owner, stop, shutdown).Execute();
}

}  // namespace farrell::reporting
