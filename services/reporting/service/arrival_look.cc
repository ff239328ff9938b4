#include "services/reporting/service/arrival_look.h"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

#include "common/text/time.h"
#include "services/reporting/engine/schedule/arrivals.h"
#include "services/reporting/service/arrival_source.h"
#include "services/reporting/service/schedule_look.h"

namespace farrell::reporting {
namespace {

using schedule::ArrivalEnd;
using schedule::ArrivalEvent;
using schedule::Moment;

constexpr int kRunsLookedAt = 200;
constexpr int kArrivalsLookedAt = 1000;

ArrivalEvent::Kind KindOf(const std::string& word) {
  if (word == "withdrawn") return ArrivalEvent::Kind::kWithdrawn;
  if (word == "frozen") return ArrivalEvent::Kind::kFrozen;
  if (word == "declared") return ArrivalEvent::Kind::kDeclared;
  return ArrivalEvent::Kind::kArrived;
}

v1::Arrival::End EndOf(ArrivalEnd::Kind kind) {
  switch (kind) {
    case ArrivalEnd::Kind::kConsumed: return v1::Arrival::END_CONSUMED;
    case ArrivalEnd::Kind::kSuperseded: return v1::Arrival::END_SUPERSEDED;
    case ArrivalEnd::Kind::kRejected: return v1::Arrival::END_REJECTED;
  }
  return v1::Arrival::END_UNSPECIFIED;
}

std::vector<ArrivalEvent> EventsOf(const std::vector<v1::Arrival>& arrivals) {
  std::vector<ArrivalEvent> events;
  for (const v1::Arrival& arrival : arrivals) {
    const auto seen = text::ParseTime(arrival.seen_at()).value_or(text::SystemTime());
    events.push_back({.sequence = arrival.sequence(),
                      .at = std::chrono::floor<std::chrono::seconds>(seen),
                      .kind = KindOf(arrival.kind()),
                      .release = arrival.release(),
                      .snapshot = arrival.snapshot_digest(),
                      .update = arrival.update(),
                      .revised_cells = arrival.revised_cells(),
                      .new_cells = arrival.new_cells()});
  }
  return events;
}

schedule::ArrivalRule RuleOf(const v1::ArrivalTrigger& trigger) {
  schedule::ArrivalRule rule{.revisions_only = trigger.revisions_only(),
                             .quiet = std::chrono::seconds(trigger.quiet_seconds()),
                             .needs_complete = trigger.complete(),
                             .deadline = {}};
  if (trigger.deadline_seconds() > 0) rule.deadline = std::chrono::seconds(trigger.deadline_seconds());
  return rule;
}

Result<schedule::ArrivalHistory> HistoryOf(ScheduleStore& store, const std::string& schedule_id) {
  schedule::ArrivalHistory history;
  FARRELL_ASSIGN_OR_RETURN(const std::vector<v1::Arrival> arrivals,
                           store.ArrivalsOf(schedule_id, kArrivalsLookedAt, std::numeric_limits<std::int64_t>::max()));
  for (const v1::Arrival& arrival : arrivals) {
    if (arrival.end() != v1::Arrival::END_CONSUMED || KindOf(arrival.kind()) != ArrivalEvent::Kind::kArrived) continue;
    history.used_through = std::max(history.used_through, arrival.sequence());
  }
  FARRELL_ASSIGN_OR_RETURN(const std::vector<v1::ScheduledRun> runs, store.RunsOf(schedule_id, kRunsLookedAt));
  const auto made = std::find_if(runs.begin(), runs.end(), [](const v1::ScheduledRun& run) {
    return run.state() != v1::ScheduledRun::STATE_REJECTED && run.state() != v1::ScheduledRun::STATE_SKIPPED;
  });
  if (made != runs.end()) {
    history.last_snapshot = made->snapshot_digest();
    history.last_release = made->release();
    history.last_provisional = made->provisional();
  }
  return history;
}

}  // namespace

Status FindByArrivals(const ScheduleEnvironment& environment, ScheduleStore& store, const v1::StoredSchedule& stored,
                      Finding& finding, const std::stop_token& stop) {
  finding.waits_for.clear();
  FARRELL_ASSIGN_OR_RETURN(std::vector<v1::Arrival> pending, store.PendingArrivals(stored.id()));
  if (pending.empty()) return Status::Ok();
  FARRELL_ASSIGN_OR_RETURN(const schedule::ArrivalHistory history, HistoryOf(store, stored.id()));
  const auto as_creator = [&](const auto& ask) -> std::invoke_result_t<decltype(ask)> {
    FARRELL_ASSIGN_OR_RETURN(const CallInfo call, CallOfHolder(environment, stored.holder()));
    const CallScope scope(&call);
    return ask();
  };
  Status refused;
  const auto complete = [&](const std::string& snapshot) -> Result<schedule::Completeness> {
    Result<schedule::Completeness> found = as_creator([&]() -> Result<schedule::Completeness> {
      return CompletenessOf(environment.run.services, stored.dataset(), snapshot, stop);
    });
    if (found.ok() || !IsLasting(found.status())) return found;
    // The run tells why; its events need not wait for what nobody can say.
    refused = found.status();
    return schedule::Completeness{true, {}};
  };
  const Moment now = environment.now();
  FARRELL_ASSIGN_OR_RETURN(
      schedule::ArrivalDecision decision,
      DecideArrivals(RuleOf(stored.schedule().arrival()), EventsOf(pending), history, complete, now));
  finding.waits_for = decision.waits_for;
  std::string run_id;
  if (decision.due) {
    v1::ScheduledRun run = NewScheduledRun(stored, decision.due->nominal, v1::ScheduledRun::CAUSE_ARRIVAL, now);
    if (refused.ok() && decision.due->snapshot.empty()) {
      refused = NotFound("DATASET_WITHOUT_DATA", "the dataset " + stored.dataset() + " has no release any more");
    }
    if (refused.ok()) {
      PlaceRun(decision.due->release, decision.due->snapshot, run);
      run.set_provisional(decision.due->provisional);
      run.set_provisional_because(decision.due->reason);
    } else {
      RejectRun(refused, run);
    }
    run_id = run.id();
    finding.due.push_back(std::move(run));
  }
  for (const ArrivalEnd& end : decision.ends) {
    const auto found = std::find_if(pending.begin(), pending.end(),
                                    [&](const v1::Arrival& arrival) { return arrival.sequence() == end.sequence; });
    found->set_end(EndOf(end.kind));
    found->set_reason(end.reason);
    if (end.kind == ArrivalEnd::Kind::kConsumed) found->set_scheduled_run(run_id);
    finding.ended.push_back(*found);
  }
  return Status::Ok();
}

}  // namespace farrell::reporting
