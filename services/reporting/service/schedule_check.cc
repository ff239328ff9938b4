#include "services/reporting/service/schedule_check.h"

#include <algorithm>
#include <string>
#include <utility>

#include "services/reporting/engine/rules.h"
#include "services/reporting/engine/schedule/nominal_times.h"
#include "services/reporting/service/schedule_data.h"

namespace farrell::reporting {
namespace {

constexpr std::size_t kLongestName = 64;
constexpr int kMostWebhooks = 8;
constexpr std::int64_t kLongestQuiet = 604'800;
constexpr std::int64_t kYear = 31'536'000;

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

void CheckCron(const v1::CronTrigger& cron, Violations& violations) {
  const Status expression = schedule::ParseCron(cron.expression()).status();
  for (const FieldViolation& violation : expression.violations()) {
    const bool whole = violation.field == "expression";
    violations.Add("schedule.cron.expression", (whole ? "" : violation.field + ": ") + violation.description);
  }
  const Status zone = schedule::TimeZone::Find(cron.time_zone()).status();
  if (!zone.ok()) violations.Add("schedule.cron.time_zone", zone.message());
}

void CheckArrival(const v1::ArrivalTrigger& arrival, Violations& violations) {
  if (arrival.quiet_seconds() < 0 || arrival.quiet_seconds() > kLongestQuiet) {
    violations.Add("schedule.arrival.quiet_seconds", "range [0, 604800]");
  }
  if (arrival.deadline_seconds() < 0 || arrival.deadline_seconds() > kYear) {
    violations.Add("schedule.arrival.deadline_seconds", "range [1, 31536000]; 0: never");
  }
}

void CheckGates(const v1::Schedule& schedule, Violations& violations) {
  const std::vector<RuleDefinition> rules = RuleDefinitions();
  for (int i = 0; i < schedule.gates_size(); ++i) {
    const auto is_it = [&](const RuleDefinition& rule) { return rule.id == schedule.gates(i); };
    if (std::none_of(rules.begin(), rules.end(), is_it)) {
      violations.Add("schedule.gates[" + std::to_string(i) + "]",
                     "there is no referee rule '" + schedule.gates(i) + "': docs/referee-rules.md lists them");
    }
  }
}

void CheckWebhooks(const v1::Schedule& schedule, const WebhookOptions& webhooks, Violations& violations) {
  if (schedule.webhooks_size() > kMostWebhooks) violations.Add("schedule.webhooks", "at most 8");
  for (int i = 0; i < schedule.webhooks_size(); ++i) {
    const std::string problem = WebhookProblem(webhooks, schedule.webhooks(i));
    if (!problem.empty()) violations.Add("schedule.webhooks[" + std::to_string(i) + "]", problem);
    const auto before = schedule.webhooks().begin() + i;
    if (std::find(schedule.webhooks().begin(), before, schedule.webhooks(i)) != before) {
      violations.Add("schedule.webhooks[" + std::to_string(i) + "]", "named twice");
    }
  }
}

void CheckSource(const v1::Schedule& schedule, Violations& violations) {
  if (schedule.source().files().empty()) {
    violations.Add("schedule.source.files", "the study, as text, is missing");
    return;
  }
  if (!schedule.source().uploads().empty()) {
    violations.Add("schedule.source.uploads", "a schedule has no data of its own: the study names a dataset");
    return;
  }
  const Result<ScheduledStudy> study = ReadScheduledStudy(schedule.source());
  for (const FieldViolation& violation : study.status().violations()) {
    violations.Add("schedule.source", violation.description);
  }
  if (study.ok() && schedule.has_arrival() && study->dataset.find('@') != std::string::npos) {
    violations.Add("schedule.arrival",
                   "the study names one release, " + study->dataset + ": nothing arrives there any more");
  }
}

}  // namespace

Status CheckSchedule(const v1::Schedule& schedule, const WebhookOptions& webhooks) {
  Violations violations;
  if (schedule.name().empty() || schedule.name().size() > kLongestName ||
      !std::all_of(schedule.name().begin(), schedule.name().end(), IsNameCharacter)) {
    violations.Add("schedule.name", "1 to 64 letters, digits, '.', '_' and '-', such as monthly-report");
  }
  switch (schedule.trigger_case()) {
    case v1::Schedule::kCron: CheckCron(schedule.cron(), violations); break;
    case v1::Schedule::kArrival: CheckArrival(schedule.arrival(), violations); break;
    case v1::Schedule::TRIGGER_NOT_SET:
      violations.Add("schedule.trigger", "one is needed: a time table (cron), or the arrival of data (arrival)");
      break;
  }
  if (!v1::Overlap_IsValid(schedule.overlap())) violations.Add("schedule.overlap", "no such policy");
  if (schedule.catch_up_seconds() < 0 || schedule.catch_up_seconds() > kYear) {
    violations.Add("schedule.catch_up_seconds", "range [1, 31536000]; 0: 86400");
  }
  CheckGates(schedule, violations);
  CheckWebhooks(schedule, webhooks, violations);
  CheckSource(schedule, violations);
  return std::move(violations).Finish("SCHEDULE_INVALID", "the schedule cannot be created");
}

}  // namespace farrell::reporting
