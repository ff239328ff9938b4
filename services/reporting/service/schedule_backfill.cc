#include "services/reporting/service/schedule_backfill.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "common/rpc/call.h"
#include "common/text/time.h"
#include "services/reporting/service/schedule_calls.h"
#include "services/reporting/service/schedule_data.h"

namespace farrell::reporting {
namespace {

using common::v1::ResultOrigin;
using schedule::Moment;

constexpr std::size_t kMostTimes = 1000;

struct Span {
  Moment from;
  Moment to;
};

Result<Span> ReadSpan(const v1::BackfillScheduleRequest& request, Moment now) {
  Violations violations;
  const auto moment = [&](const char* field, const std::string& text) {
    const std::optional<text::SystemTime> time = text::ParseTime(text);
    if (!time) violations.Add(field, "a moment such as 2026-01-01T00:00:00+08:00");
    return std::chrono::floor<std::chrono::seconds>(time.value_or(text::SystemTime()));
  };
  const Span span{moment("from", request.from()), moment("to", request.to())};
  if (violations.empty() && span.to < span.from) violations.Add("to", "is before `from`");
  // What is known on a day to come nobody knows, and the study would stand for it until then.
  if (violations.empty() && span.to > now) violations.Add("to", "is later than now");
  if (!request.as_of().empty() && !text::ParseTime(request.as_of() + "T00:00:00Z")) {
    violations.Add("as_of", "a day such as 2026-01-31; empty: what was known on each nominal day");
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("BACKFILL_INVALID", "the backfill cannot be done"));
  return span;
}

bool IsAtHand(const v1::PlannedStep& step) {
  return step.at_hand() != ResultOrigin::SOURCE_UNSPECIFIED && step.at_hand() != ResultOrigin::SOURCE_COMPUTED;
}

class Preview {
 public:
  Preview(const ScheduleEnvironment& environment, const v1::StoredSchedule& stored, const std::stop_token& stop)
      : environment_(environment), stored_(stored), stop_(stop) {}

  // What one run would take after those before it.
  Status Add(v1::BackfillScheduleResponse::Part& part) {
    FARRELL_ASSIGN_OR_RETURN(const std::vector<v1::PlannedStep>* const steps, Plan(part.snapshot_digest()));
    const bool planned_before = !seen_.insert(part.snapshot_digest()).second;
    for (const v1::PlannedStep& step : *steps) {
      // A report is made for every run; all else on the same snapshot is at hand once the first of them has run.
      if (IsAtHand(step) || !step.same_as().empty() || (planned_before && step.kind() != "report")) {
        part.set_hit_count(part.hit_count() + 1);
        continue;
      }
      part.set_miss_count(part.miss_count() + 1);
      if (!step.has_predicted_seconds()) part.set_unknown_count(part.unknown_count() + 1);
      part.set_predicted_seconds(part.predicted_seconds() + step.predicted_seconds());
    }
    return Status::Ok();
  }

 private:
  Result<const std::vector<v1::PlannedStep>*> Plan(const std::string& snapshot) {
    auto found = plans_.find(snapshot);
    if (found == plans_.end()) {
      const v1::StudySource source = OnSnapshot(stored_.schedule().source(), stored_.dataset(), snapshot, "");
      FARRELL_ASSIGN_OR_RETURN(std::vector<v1::PlannedStep> steps, PlanStudy(environment_.run, source, stop_));
      found = plans_.emplace(snapshot, std::move(steps)).first;
    }
    return &found->second;
  }

  const ScheduleEnvironment& environment_;
  const v1::StoredSchedule& stored_;
  const std::stop_token& stop_;
  std::map<std::string, std::vector<v1::PlannedStep>> plans_;
  std::set<std::string> seen_;
};

void AddTotals(v1::BackfillScheduleResponse& response) {
  for (const v1::BackfillScheduleResponse::Part& part : response.parts()) {
    response.set_hit_count(response.hit_count() + part.hit_count());
    response.set_miss_count(response.miss_count() + part.miss_count());
    response.set_predicted_seconds(response.predicted_seconds() + part.predicted_seconds());
    response.set_unknown_count(response.unknown_count() + part.unknown_count());
  }
}

}  // namespace

Result<v1::BackfillScheduleResponse> BackfillSchedule(const ScheduleEnvironment& environment,
                                                      const v1::BackfillScheduleRequest& request,
                                                      const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const Span span, ReadSpan(request, environment.now()));
  FARRELL_ASSIGN_OR_RETURN(const KeptSchedule kept, FindOwnSchedule(environment, request.schedule()));
  const v1::StoredSchedule& stored = kept.stored;
  if (!stored.schedule().has_cron()) {
    return FailedPrecondition("SCHEDULE_WITHOUT_TIMES",
                              "the schedule has no time table, and so no nominal times in the past");
  }
  FARRELL_ASSIGN_OR_RETURN(const schedule::NominalTimes times, TimesOf(stored.schedule()));
  FARRELL_ASSIGN_OR_RETURN(const schedule::TimeZone zone,
                           schedule::TimeZone::Find(stored.schedule().cron().time_zone()));
  const std::vector<Moment> nominal = times.Between(span.from - std::chrono::seconds(1), span.to, kMostTimes + 1);
  if (nominal.size() > kMostTimes) {
    return InvalidArgument("BACKFILL_INVALID", "the backfill is too long")
        .WithViolations({{"to", "more than 1000 nominal times: divide it"}});
  }
  FARRELL_ASSIGN_OR_RETURN(const CallInfo call, CallOfHolder(environment, stored.holder()));
  const CallScope scope(&call);
  ScheduleStore store(environment.run.store.database());
  Preview preview(environment, stored, stop);
  std::map<std::string, Result<DatedRelease>> releases;
  v1::BackfillScheduleResponse response;
  std::vector<v1::ScheduledRun> runs;
  for (const Moment time : nominal) {
    if (stop.stop_requested()) return Cancelled();
    const std::string day = request.as_of().empty() ? zone.DateOf(time) : request.as_of();
    auto found = releases.find(day);
    if (found == releases.end()) {
      found = releases.emplace(day, ReleaseOnDay(environment.run.services, stored.dataset(), day, stop)).first;
    }
    const Result<DatedRelease>& release = found->second;
    if (!release.ok() && !IsLasting(release.status())) return release.status();
    v1::BackfillScheduleResponse::Part& part = *response.add_parts();
    v1::ScheduledRun run = NewScheduledRun(stored, time, v1::ScheduledRun::CAUSE_BACKFILL, environment.now());
    part.set_nominal_time(run.nominal_time());
    if (!release.ok()) {
      part.set_rejected_because(release.status().message());
      continue;
    }
    PlaceRun(release->release, release->snapshot, run);
    part.set_release(run.release());
    part.set_snapshot_digest(run.snapshot_digest());
    part.set_id(run.id());
    FARRELL_ASSIGN_OR_RETURN(const std::optional<v1::ScheduledRun> there, store.FindRun(run.id()));
    part.set_exists(there.has_value());
    if (there) continue;
    if (request.preview()) FARRELL_RETURN_IF_ERROR(preview.Add(part));
    runs.push_back(std::move(run));
  }
  AddTotals(response);
  if (!request.preview()) FARRELL_RETURN_IF_ERROR(store.AddRuns(runs).status());
  return response;
}

}  // namespace farrell::reporting
