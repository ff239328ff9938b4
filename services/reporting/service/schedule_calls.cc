#include "services/reporting/service/schedule_calls.h"

#include <algorithm>
#include <limits>
#include <random>
#include <utility>

#include "common/access/data_access.h"
#include "common/access/holder.h"
#include "common/canonical/canonical.h"
#include "common/rpc/call.h"
#include "common/rpc/page_size.h"
#include "common/text/number.h"
#include "common/text/time.h"
#include "services/reporting/service/arrival_source.h"
#include "services/reporting/service/checked_study.h"
#include "services/reporting/service/publication_store.h"
#include "services/reporting/service/schedule_check.h"
#include "services/reporting/service/schedule_data.h"
#include "services/reporting/service/stored_message.h"

namespace farrell::reporting {
namespace {

using schedule::Moment;

constexpr int kNextTimes = 5;
constexpr int kRunsShown = 20;
constexpr int kArrivalsOnAPage = 100;
constexpr std::size_t kLongestNote = 1000;

std::string NewScheduleId() {
  constexpr std::size_t kLength = 16;
  std::random_device random;
  std::string seed;
  for (int i = 0; i < 8; ++i) seed += std::to_string(random()) + " ";
  return canonical::Sha256(seed).substr(0, kLength);
}

Status ScheduleNotFound(const std::string& name) {
  return NotFound("SCHEDULE_NOT_FOUND", "there is no schedule '" + name + "'").With("schedule", name);
}

std::string CallerName() { return CurrentCall() == nullptr ? std::string() : CurrentCall()->principal; }

std::string CallerHolder() {
  const CallInfo* call = CurrentCall();
  return call == nullptr || call->grant == nullptr ? std::string() : access::HolderOf(*call->grant);
}

// The study on its data as they are. A dataset that is still to come is no mistake of a schedule that waits for it.
Status CheckStudyOf(const ScheduleEnvironment& environment, const v1::Schedule& schedule, const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const CheckedStudy checked, CheckStudy(environment.run.services, schedule.source(), stop));
  const Status runnable = Runnable(checked);
  const bool still_to_come = !checked.data_not_found.ok() && runnable == checked.data_not_found;
  return schedule.has_arrival() && still_to_come ? Status::Ok() : runnable;
}

bool SameTable(const v1::Schedule& a, const v1::Schedule& b) {
  return a.cron().expression() == b.cron().expression() && a.cron().time_zone() == b.cron().time_zone();
}

std::vector<std::string> NextTimes(const KeptSchedule& kept, Moment now) {
  std::vector<std::string> texts;
  if (kept.stored.paused() || !kept.stored.schedule().has_cron()) return texts;
  const Result<schedule::NominalTimes> times = TimesOf(kept.stored.schedule());
  const Result<schedule::TimeZone> zone = schedule::TimeZone::Find(kept.stored.schedule().cron().time_zone());
  if (!times.ok() || !zone.ok()) return texts;
  std::optional<Moment> next = times->After(std::max(now, kept.looked_through));
  for (int i = 0; i < kNextTimes && next; ++i, next = times->After(*next)) texts.push_back(zone->Describe(*next));
  return texts;
}

v1::ScheduleState ShortState(const KeptSchedule& kept, Moment now) {
  const v1::StoredSchedule& stored = kept.stored;
  v1::ScheduleState state;
  *state.mutable_schedule() = stored.schedule();
  state.set_id(stored.id());
  state.set_project(stored.project());
  state.set_created_by(stored.created_by());
  state.set_created_at(stored.created_at());
  state.set_study_id(stored.study_id());
  state.set_dataset(stored.dataset());
  state.set_paused(stored.paused());
  state.set_pause_note(stored.pause_note());
  for (std::string& text : NextTimes(kept, now)) state.add_next_times(std::move(text));
  state.set_missed_count(stored.missed_count());
  state.set_waits_for(stored.waits_for());
  return state;
}

}  // namespace

Result<v1::ScheduleState> CreateSchedule(const ScheduleEnvironment& environment, const WebhookOptions& webhooks,
                                         const v1::CreateScheduleRequest& request, const std::stop_token& stop) {
  const v1::Schedule& asked = request.schedule();
  FARRELL_RETURN_IF_ERROR(CheckSchedule(asked, webhooks));
  FARRELL_ASSIGN_OR_RETURN(const ScheduledStudy study, ReadScheduledStudy(asked.source()));
  FARRELL_RETURN_IF_ERROR(CheckStudyOf(environment, asked, stop));
  // What a run would be refused for is better said now.
  FARRELL_RETURN_IF_ERROR(CallOfHolder(environment, CallerHolder()).status());
  const Moment now = environment.now();
  ScheduleStore store(environment.run.store.database());
  KeptSchedule kept;
  if (request.update()) {
    FARRELL_ASSIGN_OR_RETURN(kept, FindOwnSchedule(environment, asked.name()));
  } else {
    kept.stored.set_id(NewScheduleId());
    kept.stored.set_project(access::DataAccess::OfCurrentCall().project());
    kept.looked_through = now;
  }
  v1::StoredSchedule& stored = kept.stored;
  const bool same_table = SameTable(stored.schedule(), asked);
  // Only what comes from now on is for a schedule that begins to wait, or waits for something else.
  if (asked.has_arrival() && (!stored.schedule().has_arrival() || stored.dataset() != study.dataset)) {
    FARRELL_ASSIGN_OR_RETURN(const std::int64_t newest, NewestEvent(environment.run.services, study.dataset, stop));
    stored.set_arrivals_after(newest);
  }
  *stored.mutable_schedule() = asked;
  stored.set_created_by(CallerName());
  stored.set_created_at(text::FormatTime(now));
  stored.set_study_id(study.study_id);
  stored.set_dataset(study.dataset);
  stored.set_holder(CallerHolder());
  if (request.update()) {
    if (!same_table) kept.looked_through = now;
    FARRELL_RETURN_IF_ERROR(store.Replace(stored, same_table ? std::nullopt : std::optional(now)));
  } else {
    FARRELL_RETURN_IF_ERROR(store.Add(stored, now));
  }
  return DescribeSchedule(environment, kept);
}

Result<KeptSchedule> FindOpenSchedule(const ScheduleEnvironment& environment, const std::string& name) {
  const access::DataAccess caller = access::DataAccess::OfCurrentCall();
  ScheduleStore store(environment.run.store.database());
  FARRELL_ASSIGN_OR_RETURN(std::vector<KeptSchedule> schedules, store.All());
  const std::size_t slash = name.find('/');
  const std::string project = slash == std::string::npos ? caller.project() : name.substr(0, slash);
  const std::string plain = slash == std::string::npos ? name : name.substr(slash + 1);
  for (KeptSchedule& kept : schedules) {
    const v1::StoredSchedule& stored = kept.stored;
    const bool named = (stored.project() == project && stored.schedule().name() == plain) || stored.id() == name;
    if (named && caller.MayReadUnnamed(stored.project())) return std::move(kept);
  }
  return ScheduleNotFound(name);
}

Result<KeptSchedule> FindOwnSchedule(const ScheduleEnvironment& environment, const std::string& name) {
  FARRELL_ASSIGN_OR_RETURN(KeptSchedule kept, FindOpenSchedule(environment, name));
  const access::DataAccess caller = access::DataAccess::OfCurrentCall();
  if (caller.everything() || caller.project() == kept.stored.project()) return kept;
  return Status(Code::kPermissionDenied, "SCHEDULE_NOT_YOURS",
                "the schedule '" + name + "' is of project " + kept.stored.project())
      .With("schedule", name);
}

Result<v1::ListSchedulesResponse> ListSchedules(const ScheduleEnvironment& environment) {
  const access::DataAccess caller = access::DataAccess::OfCurrentCall();
  ScheduleStore store(environment.run.store.database());
  FARRELL_ASSIGN_OR_RETURN(const std::vector<KeptSchedule> schedules, store.All());
  v1::ListSchedulesResponse response;
  for (const KeptSchedule& kept : schedules) {
    if (!caller.MayReadUnnamed(kept.stored.project())) continue;
    *response.add_schedules() = ShortState(kept, environment.now());
  }
  return response;
}

Result<v1::ScheduleState> DescribeSchedule(const ScheduleEnvironment& environment, const KeptSchedule& kept) {
  ScheduleStore store(environment.run.store.database());
  PublicationStore publications(environment.run.store.database());
  v1::ScheduleState state = ShortState(kept, environment.now());
  FARRELL_ASSIGN_OR_RETURN(const auto pending, store.PendingArrivals(state.id()));
  state.set_pending_arrival_count(static_cast<std::int64_t>(pending.size()));
  FARRELL_ASSIGN_OR_RETURN(const auto runs, store.RunsOf(state.id(), kRunsShown));
  state.mutable_runs()->Add(runs.begin(), runs.end());
  FARRELL_ASSIGN_OR_RETURN(const auto troubled, publications.Troubled(state.id(), kRunsShown));
  state.mutable_troubled_notifications()->Add(troubled.begin(), troubled.end());
  return state;
}

Result<std::string> DeleteSchedule(const ScheduleEnvironment& environment, const std::string& name) {
  FARRELL_ASSIGN_OR_RETURN(const KeptSchedule kept, FindOwnSchedule(environment, name));
  FARRELL_RETURN_IF_ERROR(ScheduleStore(environment.run.store.database()).Remove(kept.stored.id()));
  return kept.stored.id();
}

Result<v1::ScheduleState> PauseSchedule(const ScheduleEnvironment& environment,
                                        const v1::PauseScheduleRequest& request) {
  if (request.note().size() > kLongestNote) {
    return InvalidArgument("NOTE_INVALID", "the note is too long").WithViolations({{"note", "at most 1000 bytes"}});
  }
  FARRELL_ASSIGN_OR_RETURN(KeptSchedule kept, FindOwnSchedule(environment, request.schedule()));
  const std::string by = CallerName();
  kept.stored.set_paused(request.paused());
  kept.stored.set_pause_note(text::FormatTime(environment.now()) + (request.paused() ? " paused" : " resumed") +
                             (by.empty() ? "" : " by " + by) + (request.note().empty() ? "" : ": " + request.note()));
  FARRELL_RETURN_IF_ERROR(ScheduleStore(environment.run.store.database()).Replace(kept.stored, std::nullopt));
  return DescribeSchedule(environment, kept);
}

Result<v1::ScheduledRun> TriggerSchedule(const ScheduleEnvironment& environment, const std::string& name,
                                         const std::stop_token& stop) {
  FARRELL_ASSIGN_OR_RETURN(const KeptSchedule kept, FindOwnSchedule(environment, name));
  const auto newest_release = [&]() -> Result<DatedRelease> {
    FARRELL_ASSIGN_OR_RETURN(const CallInfo call, CallOfHolder(environment, kept.stored.holder()));
    const CallScope scope(&call);
    return NewestRelease(environment.run.services, kept.stored.dataset(), stop);
  };
  const Result<DatedRelease> release = newest_release();
  if (const Status& found = release.status(); !found.ok()) {
    if (!IsLasting(found)) return found;
    return FailedPrecondition("SCHEDULED_RUN_REJECTED", "the schedule cannot run: " + found.message())
        .With("because", found.reason());
  }
  ScheduleStore store(environment.run.store.database());
  const Moment now = environment.now();
  // Whoever asks twice within a second gets the run that is under way; once it has ended, another, of the next second.
  for (Moment nominal = now;; nominal += std::chrono::seconds(1)) {
    v1::ScheduledRun run = NewScheduledRun(kept.stored, nominal, v1::ScheduledRun::CAUSE_TRIGGER, now);
    PlaceRun(release->release, release->snapshot, run);
    FARRELL_ASSIGN_OR_RETURN(const int added, store.AddRuns({run}));
    if (added > 0) return run;
    FARRELL_ASSIGN_OR_RETURN(const std::optional<v1::ScheduledRun> there, store.FindRun(run.id()));
    if (there && there->ended_at().empty()) return *there;
  }
}

Result<v1::ListArrivalsResponse> ListArrivals(const ScheduleEnvironment& environment,
                                              const v1::ListArrivalsRequest& request) {
  Violations violations;
  const int size = PageSize(request.page_size(), kArrivalsOnAPage, violations);
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("FIELD_OUT_OF_RANGE", "the page cannot be given"));
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
  if (!request.page_token().empty()) {
    const std::optional<long long> token = text::ParseInteger(request.page_token());
    if (!token) return InvalidArgument("PAGE_TOKEN_INVALID", "page_token must come from next_page_token");
    before = *token;
  }
  FARRELL_ASSIGN_OR_RETURN(const KeptSchedule kept, FindOpenSchedule(environment, request.schedule()));
  ScheduleStore store(environment.run.store.database());
  FARRELL_ASSIGN_OR_RETURN(const std::vector<v1::Arrival> arrivals,
                           store.ArrivalsOf(kept.stored.id(), size + 1, before));
  v1::ListArrivalsResponse response;
  for (const v1::Arrival& arrival : arrivals) {
    if (response.arrivals_size() == size) {
      response.set_next_page_token(std::to_string(response.arrivals(size - 1).sequence()));
      break;
    }
    *response.add_arrivals() = arrival;
  }
  return response;
}

}  // namespace farrell::reporting
