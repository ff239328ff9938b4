#include "services/reporting/service/schedule_look.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/observe/catalogue.h"
#include "common/rpc/log.h"
#include "common/text/time.h"
#include "services/reporting/engine/schedule/overlap.h"
#include "services/reporting/engine/schedule/run_identity.h"
#include "services/reporting/service/arrival_look.h"
#include "services/reporting/service/schedule_data.h"
#include "services/reporting/service/scheduled_words.h"
#include "services/reporting/service/stored_message.h"

namespace farrell::reporting {
namespace {

using schedule::Moment;
using schedule::OverlapDecision;

constexpr std::size_t kMostDueAtOnce = 200;
constexpr std::int64_t kDefaultCatchUp = 86'400;

// The runs that a time table makes due.
Status FindByTable(const ScheduleEnvironment& environment, const KeptSchedule& kept, Finding& finding,
                   const std::stop_token& stop) {
  const v1::StoredSchedule& stored = kept.stored;
  FARRELL_ASSIGN_OR_RETURN(const schedule::NominalTimes times, TimesOf(stored.schedule()));
  FARRELL_ASSIGN_OR_RETURN(const schedule::TimeZone zone,
                           schedule::TimeZone::Find(stored.schedule().cron().time_zone()));
  const std::int64_t window = stored.schedule().catch_up_seconds();
  const schedule::Due due =
      schedule::DueTimes(times, kept.looked_through, environment.now(),
                         std::chrono::seconds(window == 0 ? kDefaultCatchUp : window), kMostDueAtOnce);
  if (due.times.empty() && due.missed == 0) return Status::Ok();
  finding.missed = due.missed;
  finding.looked_through = due.looked_through;
  for (const Moment nominal : due.times) {
    v1::ScheduledRun run = NewScheduledRun(stored, nominal, v1::ScheduledRun::CAUSE_CRON, environment.now());
    const auto place = [&]() -> Status {
      FARRELL_ASSIGN_OR_RETURN(const CallInfo call, CallOfHolder(environment, stored.holder()));
      const CallScope scope(&call);
      FARRELL_ASSIGN_OR_RETURN(const DatedRelease release,
                               ReleaseOnDay(environment.run.services, stored.dataset(), zone.DateOf(nominal), stop));
      PlaceRun(release.release, release.snapshot, run);
      return Status::Ok();
    };
    if (const Status placed = place(); !placed.ok()) {
      if (!IsLasting(placed)) return placed;
      RejectRun(placed, run);
    }
    finding.due.push_back(std::move(run));
  }
  return Status::Ok();
}

Result<int> LookAt(const ScheduleEnvironment& environment, ScheduleStore& store, const KeptSchedule& kept,
                   const HeldLease& lease, const std::stop_token& stop) {
  Finding finding{.schedule_id = kept.stored.id(),
                  .looked_from = kept.looked_through,
                  .looked_through = kept.looked_through,
                  .missed = 0,
                  .due = {},
                  .ended = {},
                  .waits_for = kept.stored.waits_for()};
  if (kept.stored.schedule().has_cron()) {
    FARRELL_RETURN_IF_ERROR(FindByTable(environment, kept, finding, stop));
  } else {
    FARRELL_RETURN_IF_ERROR(FindByArrivals(environment, store, kept.stored, finding, stop));
  }
  const bool nothing = finding.due.empty() && finding.ended.empty() && finding.missed == 0 &&
                       finding.waits_for == kept.stored.waits_for() && finding.looked_through == kept.looked_through;
  if (nothing) return 0;
  FARRELL_ASSIGN_OR_RETURN(const int added, store.Record(lease, finding));
  for (const v1::ScheduledRun& run : finding.due) {
    if (run.state() != v1::ScheduledRun::STATE_REJECTED) continue;
    metrics::kScheduledRuns.Add({std::string(StateWord(run.state()))});
    Log(LogLevel::kWarning, "a scheduled run is rejected",
        {{"schedule", run.schedule_name()}, {"nominal", run.nominal_time()}, {"reason", run.reason()}});
  }
  return added;
}

schedule::Overlap PolicyOf(v1::Overlap overlap) {
  switch (overlap) {
    case v1::OVERLAP_SKIP: return schedule::Overlap::kSkip;
    case v1::OVERLAP_BUFFER_ALL: return schedule::Overlap::kBufferAll;
    case v1::OVERLAP_CANCEL_OTHER: return schedule::Overlap::kCancelOther;
    case v1::OVERLAP_ALLOW: return schedule::Overlap::kAllow;
    default: return schedule::Overlap::kBufferOne;
  }
}

// The open runs of one schedule and what is decided about them.
class ScheduleTurns {
 public:
  ScheduleTurns(const KeptSchedule& kept, const std::vector<OpenScheduled>& open, Moment now) : kept_(kept), now_(now) {
    for (const OpenScheduled& one : open) by_id_.emplace(one.run.id(), &one);
  }

  // Begins those of a class that may be begun, into `start`; ends those that never will.
  Status Decide(ScheduleStore& store, bool backfill, Turns& turns, std::vector<const OpenScheduled*>& start) {
    std::vector<schedule::OpenRun> open;
    for (const auto& [id, one] : by_id_) {
      const bool under_way = one->run.state() == v1::ScheduledRun::STATE_RUNNING;
      const bool held = kept_.stored.paused() && one->run.cause() != v1::ScheduledRun::CAUSE_TRIGGER;
      if ((one->run.cause() == v1::ScheduledRun::CAUSE_BACKFILL) != backfill || (held && !under_way)) continue;
      open.push_back({id, one->nominal, under_way});
    }
    const schedule::Overlap policy =
        backfill ? schedule::Overlap::kBufferAll : PolicyOf(kept_.stored.schedule().overlap());
    for (const OverlapDecision& decision : schedule::DecideOverlap(policy, std::move(open))) {
      const OpenScheduled& one = *by_id_.at(decision.run);
      switch (decision.kind) {
        case OverlapDecision::Kind::kStart:
          if (one.not_before <= now_) start.push_back(&one);
          break;
        case OverlapDecision::Kind::kCancel:
          if (one.cancelled_for.empty()) FARRELL_RETURN_IF_ERROR(store.Cancel(decision.run, decision.other));
          turns.cancel.push_back(decision.run);
          break;
        case OverlapDecision::Kind::kSkip:
        case OverlapDecision::Kind::kSupersede: FARRELL_RETURN_IF_ERROR(EndUnrun(store, one.run, decision)); break;
      }
    }
    return Status::Ok();
  }

 private:
  Status EndUnrun(ScheduleStore& store, v1::ScheduledRun run, const OverlapDecision& decision) {
    const bool skipped = decision.kind == OverlapDecision::Kind::kSkip;
    const std::string other = by_id_.at(decision.other)->run.nominal_time();
    run.set_state(skipped ? v1::ScheduledRun::STATE_SKIPPED : v1::ScheduledRun::STATE_SUPERSEDED);
    run.set_reason(skipped ? "the run for " + other + " was under way" : "the run for " + other + " took its place");
    run.set_ended_at(text::FormatTime(now_));
    const Status ended = store.End(run, nullptr);
    // Somebody else has decided the same, or begun it.
    if (ended.reason() == "RUN_LOST") return Status::Ok();
    if (ended.ok()) metrics::kScheduledRuns.Add({std::string(StateWord(run.state()))});
    return ended;
  }

  const KeptSchedule& kept_;
  const Moment now_;
  std::map<std::string, const OpenScheduled*> by_id_;
};

}  // namespace

bool IsLasting(const Status& status) {
  switch (status.code()) {
    case Code::kNotFound:
    case Code::kPermissionDenied:
    case Code::kUnauthenticated:
    case Code::kInvalidArgument:
    case Code::kFailedPrecondition: return true;
    default: return false;
  }
}

Result<schedule::NominalTimes> TimesOf(const v1::Schedule& schedule) {
  FARRELL_ASSIGN_OR_RETURN(const schedule::Cron cron, schedule::ParseCron(schedule.cron().expression()));
  FARRELL_ASSIGN_OR_RETURN(schedule::TimeZone zone, schedule::TimeZone::Find(schedule.cron().time_zone()));
  return schedule::NominalTimes(cron, std::move(zone));
}

v1::ScheduledRun NewScheduledRun(const v1::StoredSchedule& stored, Moment nominal, v1::ScheduledRun::Cause cause,
                                 Moment now) {
  v1::ScheduledRun run;
  run.set_schedule_id(stored.id());
  run.set_schedule_name(stored.schedule().name());
  run.set_nominal_time(text::FormatTime(nominal));
  run.set_cause(cause);
  run.set_state(v1::ScheduledRun::STATE_WAITING);
  run.set_created_at(text::FormatTime(now));
  return run;
}

void PlaceRun(const std::string& release, const std::string& snapshot, v1::ScheduledRun& run) {
  run.set_release(release);
  run.set_snapshot_digest(snapshot);
  const Moment nominal =
      std::chrono::floor<std::chrono::seconds>(text::ParseTime(run.nominal_time()).value_or(text::SystemTime()));
  run.set_id(schedule::RunIdentity(run.schedule_id(), nominal, snapshot));
}

void RejectRun(const Status& why, v1::ScheduledRun& run) {
  PlaceRun("", "", run);
  run.set_state(v1::ScheduledRun::STATE_REJECTED);
  run.set_reason(why.reason() + ": " + why.message());
  run.set_ended_at(run.created_at());
}

Result<int> FindDueRuns(const ScheduleEnvironment& environment, const HeldLease& lease, const std::stop_token& stop) {
  ScheduleStore store(environment.run.store.database());
  FARRELL_RETURN_IF_ERROR(store.TakeBackLost().status());
  FARRELL_ASSIGN_OR_RETURN(const std::vector<KeptSchedule> schedules, store.All());
  int found = 0;
  for (const KeptSchedule& kept : schedules) {
    if (stop.stop_requested()) return Cancelled();
    if (kept.stored.paused()) continue;
    const Result<int> added = LookAt(environment, store, kept, lease, stop);
    if (added.ok()) {
      found += *added;
    } else if (added.status().reason() == "LEASE_LOST") {
      return added.status();
    } else if (added.status().reason() != "SCHEDULE_CHANGED") {
      // The other schedules are not to blame.
      Log(LogLevel::kWarning, "a schedule could not be looked at, to be tried again",
          {{"schedule", kept.stored.schedule().name()}, {"error", added.status().ToString()}});
      // Asking a service that is away for every schedule would take as long as there are schedules.
      if (added.status().code() == Code::kUnavailable) return added.status();
    }
  }
  return found;
}

Result<Turns> DecideTurns(const ScheduleEnvironment& environment) {
  ScheduleStore store(environment.run.store.database());
  FARRELL_ASSIGN_OR_RETURN(const auto open, store.OpenRuns());
  Turns turns;
  if (open.empty()) return turns;
  FARRELL_ASSIGN_OR_RETURN(const std::vector<KeptSchedule> schedules, store.All());
  const Moment now = environment.now();
  std::vector<const OpenScheduled*> due;
  std::vector<const OpenScheduled*> backfill;
  for (const KeptSchedule& kept : schedules) {
    const auto found = open.find(kept.stored.id());
    if (found == open.end()) continue;
    ScheduleTurns decided(kept, found->second, now);
    FARRELL_RETURN_IF_ERROR(decided.Decide(store, false, turns, due));
    FARRELL_RETURN_IF_ERROR(decided.Decide(store, true, turns, backfill));
  }
  const auto earlier = [](const OpenScheduled* a, const OpenScheduled* b) { return a->nominal < b->nominal; };
  for (auto* const list : {&due, &backfill}) {
    std::stable_sort(list->begin(), list->end(), earlier);
    for (const OpenScheduled* one : *list) turns.start.push_back({one->run.id(), one->run.schedule_id()});
  }
  return turns;
}

}  // namespace farrell::reporting
