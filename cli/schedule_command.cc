// farrell schedule: create, list, show, pause, resume, trigger, backfill, arrivals, remove, poke.

#include <fmt/core.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/reporting_call.h"
#include "cli/rows.h"
#include "cli/schedule_words.h"
#include "cli/session.h"
#include "cli/study_source.h"

namespace farrell::cli {
namespace {

namespace v1 = reporting::v1;
using Stub = v1::ReportingService::StubInterface;

struct ScheduleFlags {
  std::string schedule;
  std::string file;
  std::optional<std::string> cron;
  std::optional<std::string> time_zone;
  bool on_arrival = false;
  bool on_revision = false;
  std::optional<std::int64_t> quiet;
  bool complete = false;
  std::optional<std::int64_t> deadline;
  std::string overlap = "buffer-one";
  std::optional<std::int64_t> catch_up;
  std::vector<std::string> gates;
  std::vector<std::string> webhooks;
  bool update = false;
  std::string note;
  std::string from;
  std::string to;
  std::string as_of;
  bool preview = false;
  bool wait = false;
  int limit = 100;
};

// "0 6 * * 1-5 Asia/Shanghai", "arrival, quiet 1800 s, complete".
std::string TriggerText(const v1::Schedule& schedule) {
  if (schedule.has_cron()) return schedule.cron().expression() + " " + schedule.cron().time_zone();
  const v1::ArrivalTrigger& arrival = schedule.arrival();
  std::string text = arrival.revisions_only() ? "revision" : "arrival";
  if (arrival.quiet_seconds() > 0) text += fmt::format(", quiet {} s", arrival.quiet_seconds());
  if (arrival.complete()) text += ", complete";
  if (arrival.deadline_seconds() > 0) text += fmt::format(", deadline {} s", arrival.deadline_seconds());
  return text;
}

const std::vector<std::string> kRunHeader{"nominal_time", "cause",    "state",       "release", "run",
                                          "attempts",     "ended_at", "provisional", "reason"};

void AddRun(Rows& rows, const v1::ScheduledRun& run) {
  rows.Add({Text(run.nominal_time()), Text(CauseWord(run.cause())), Text(StateWord(run.state())), Text(run.release()),
            Text(run.run_id()), Whole(run.attempts()), Text(run.ended_at()),
            Text(run.provisional() ? run.provisional_because() : ""), Text(run.reason())});
}

std::string Describe(const v1::ScheduleState& state) {
  const v1::Schedule& schedule = state.schedule();
  std::string text = fmt::format("{} runs study {} on {}: {}; overlap {}\n", schedule.name(), state.study_id(),
                                 state.dataset(), TriggerText(schedule), OverlapWord(schedule.overlap()));
  if (!state.created_by().empty()) text += fmt::format("as {} of {}\n", state.created_by(), state.project());
  if (state.paused()) text += "paused";
  if (!state.pause_note().empty()) text += (state.paused() ? ": " : "") + state.pause_note();
  if (state.paused() || !state.pause_note().empty()) text += "\n";
  for (const std::string& next : state.next_times()) text += "next " + next + "\n";
  if (state.missed_count() > 0) {
    text += fmt::format("{} times were older than the catch-up window when somebody looked\n", state.missed_count());
  }
  if (state.pending_arrival_count() > 0) {
    text += fmt::format("{} events wait for {}\n", state.pending_arrival_count(),
                        state.waits_for().empty() ? "the next look" : state.waits_for());
  }
  for (const std::string& gate : schedule.gates()) text += "gate " + gate + "\n";
  for (const std::string& webhook : schedule.webhooks()) text += "tells " + webhook + "\n";
  for (const v1::Notification& one : state.troubled_notifications()) {
    text += fmt::format("publication {} was not taken by {} in {} tries, {}: {}\n", one.publication_sequence(),
                        one.url(), one.tries(),
                        one.state() == v1::Notification::STATE_GIVEN_UP ? "given up" : "next at " + one.next_try_at(),
                        one.last_error());
  }
  return text;
}

Status PrintState(Session& session, const v1::ScheduleState& state) {
  const Format format = session.options().output_format();
  if (format == Format::kJson) return Print(ToJson(state));
  Rows rows(format, kRunHeader, false);
  for (const v1::ScheduledRun& run : state.runs()) AddRun(rows, run);
  if (format == Format::kCsv) return Print(rows.Take());
  return Print(Describe(state) + (state.runs().empty() ? "" : rows.Take()));
}

// Options that say nothing about the trigger that was chosen are a mistake about what will happen.
Status CheckTrigger(const ScheduleFlags& flags) {
  Violations violations;
  const bool arrivals = flags.on_arrival || flags.on_revision;
  const auto only = [&](bool given, const char* flag, const char* with) {
    if (given) violations.Add(flag, std::string("only with ") + with);
  };
  only(!flags.cron && flags.time_zone, "--time-zone", "--cron");
  only(!flags.cron && flags.catch_up, "--catch-up", "--cron");
  constexpr const char* kArrivals = "--on-arrival or --on-revision";
  only(!arrivals && flags.quiet, "--quiet-period", kArrivals);
  only(!arrivals && flags.complete, "--complete", kArrivals);
  only(!arrivals && flags.deadline, "--provisional-after", kArrivals);
  if (flags.cron && !flags.time_zone) {
    violations.Add("--time-zone", "required with --cron: a name such as Asia/Shanghai or UTC");
  }
  return std::move(violations).Finish("USAGE", "the schedule cannot be created");
}

Result<v1::Schedule> ScheduleOf(Session& session, const ScheduleFlags& flags) {
  v1::Schedule schedule;
  schedule.set_name(flags.schedule);
  FARRELL_ASSIGN_OR_RETURN(*schedule.mutable_source(), ReadStudyFiles(session, flags.file));
  if (flags.cron) {
    schedule.mutable_cron()->set_expression(*flags.cron);
    schedule.mutable_cron()->set_time_zone(flags.time_zone.value_or(""));
  }
  if (flags.on_arrival || flags.on_revision) {
    v1::ArrivalTrigger& arrival = *schedule.mutable_arrival();
    arrival.set_revisions_only(flags.on_revision);
    arrival.set_quiet_seconds(flags.quiet.value_or(0));
    arrival.set_complete(flags.complete);
    arrival.set_deadline_seconds(flags.deadline.value_or(0));
  }
  schedule.set_overlap(OverlapOf(flags.overlap));
  schedule.set_catch_up_seconds(flags.catch_up.value_or(0));
  for (const std::string& gate : SplitLists(flags.gates)) schedule.add_gates(gate);
  for (const std::string& webhook : flags.webhooks) schedule.add_webhooks(webhook);
  return schedule;
}

Status RunCreate(Session& session, const ScheduleFlags& flags) {
  FARRELL_RETURN_IF_ERROR(CheckTrigger(flags));
  v1::CreateScheduleRequest request;
  request.set_update(flags.update);
  FARRELL_ASSIGN_OR_RETURN(*request.mutable_schedule(), ScheduleOf(session, flags));
  v1::CreateScheduleResponse response;
  FARRELL_RETURN_IF_ERROR(AskReporting(session, &Stub::CreateSchedule, request, response));
  return PrintState(session, response.state());
}

Status RunList(Session& session, const ScheduleFlags&) {
  v1::ListSchedulesResponse response;
  FARRELL_RETURN_IF_ERROR(AskReporting(session, &Stub::ListSchedules, v1::ListSchedulesRequest(), response));
  const Format format = session.options().output_format();
  if (format == Format::kJson) return Print(ToJson(response));
  Rows rows(format, {"schedule", "project", "study", "dataset", "trigger", "paused", "next", "waits_for"}, false);
  for (const v1::ScheduleState& state : response.schedules()) {
    rows.Add({Text(state.schedule().name()), Text(state.project()), Text(state.study_id()), Text(state.dataset()),
              Text(TriggerText(state.schedule())), Text(state.paused() ? "paused" : ""),
              Text(state.next_times().empty() ? "" : state.next_times(0)), Text(state.waits_for())});
  }
  return Print(rows.Take());
}

Status RunShow(Session& session, const ScheduleFlags& flags) {
  v1::GetScheduleRequest request;
  request.set_schedule(flags.schedule);
  v1::GetScheduleResponse response;
  FARRELL_RETURN_IF_ERROR(AskReporting(session, &Stub::GetSchedule, request, response));
  return PrintState(session, response.state());
}

Status SetPaused(Session& session, const ScheduleFlags& flags, bool paused) {
  v1::PauseScheduleRequest request;
  request.set_schedule(flags.schedule);
  request.set_paused(paused);
  request.set_note(flags.note);
  v1::PauseScheduleResponse response;
  FARRELL_RETURN_IF_ERROR(AskReporting(session, &Stub::PauseSchedule, request, response));
  return PrintState(session, response.state());
}
Status RunPause(Session& session, const ScheduleFlags& flags) { return SetPaused(session, flags, true); }
Status RunResume(Session& session, const ScheduleFlags& flags) { return SetPaused(session, flags, false); }

// What was asked for is kept; inside this process nobody stays to run it.
Status NoteWhoRunsIt(Session& session) {
  FARRELL_ASSIGN_OR_RETURN(const Endpoints endpoints, FindEndpoints(session.options().server));
  if (endpoints.reporting.empty() && !session.options().quiet) {
    PrintNote("note: it waits for somebody who runs it: 'farrell schedule poke' does now, 'farrell up' from now on");
  }
  return {};
}

Status RunTrigger(Session& session, const ScheduleFlags& flags) {
  v1::TriggerScheduleRequest request;
  request.set_schedule(flags.schedule);
  v1::TriggerScheduleResponse response;
  FARRELL_RETURN_IF_ERROR(AskReporting(session, &Stub::TriggerSchedule, request, response));
  FARRELL_RETURN_IF_ERROR(NoteWhoRunsIt(session));
  const Format format = session.options().output_format();
  if (format == Format::kJson) return Print(ToJson(response.run()));
  Rows rows(format, kRunHeader, false);
  AddRun(rows, response.run());
  return Print(rows.Take());
}

Status RunBackfill(Session& session, const ScheduleFlags& flags) {
  v1::BackfillScheduleRequest request;
  request.set_schedule(flags.schedule);
  request.set_from(flags.from);
  request.set_to(flags.to);
  request.set_as_of(flags.as_of);
  request.set_preview(flags.preview);
  v1::BackfillScheduleResponse response;
  FARRELL_RETURN_IF_ERROR(AskReporting(session, &Stub::BackfillSchedule, request, response));
  if (!flags.preview) FARRELL_RETURN_IF_ERROR(NoteWhoRunsIt(session));
  const Format format = session.options().output_format();
  if (format == Format::kJson) return Print(ToJson(response));
  Rows rows(format, {"nominal_time", "release", "snapshot", "at_hand", "to_compute", "seconds", "state"}, false);
  int runs = 0;
  for (const v1::BackfillScheduleResponse::Part& part : response.parts()) {
    const bool planned = flags.preview && !part.exists() && part.rejected_because().empty();
    runs += !part.exists() && part.rejected_because().empty() ? 1 : 0;
    const std::string digest = format == Format::kTable ? part.snapshot_digest().substr(0, 12) : part.snapshot_digest();
    rows.Add({Text(part.nominal_time()), Text(part.release()), Text(digest),
              planned ? Whole(part.hit_count()) : RowCell(), planned ? Whole(part.miss_count()) : RowCell(),
              planned ? Number(part.predicted_seconds()) : RowCell(),
              Text(!part.rejected_because().empty() ? part.rejected_because()
                   : part.exists()                  ? "there already"
                   : flags.preview                  ? "would run"
                                                    : "waiting")});
  }
  if (flags.preview) {
    PrintNote(fmt::format("{} runs: {} steps at hand, {} to compute, about {:.1f} s{}", runs, response.hit_count(),
                          response.miss_count(), response.predicted_seconds(),
                          response.unknown_count() == 0
                              ? ""
                              : fmt::format(" and {} steps that never ran before", response.unknown_count())));
  }
  return Print(rows.Take());
}

Status RunArrivals(Session& session, const ScheduleFlags& flags) {
  v1::ListArrivalsRequest request;
  request.set_schedule(flags.schedule);
  request.set_page_size(flags.limit);
  v1::ListArrivalsResponse response;
  FARRELL_RETURN_IF_ERROR(AskReporting(session, &Stub::ListArrivals, request, response));
  const Format format = session.options().output_format();
  if (format == Format::kJson) return Print(ToJson(response));
  Rows rows(format,
            {"sequence", "kind", "release", "seen_at", "new_cells", "revised_cells", "end", "scheduled_run", "reason"},
            false);
  for (const v1::Arrival& arrival : response.arrivals()) {
    rows.Add({Whole(arrival.sequence()), Text(arrival.kind()), Text(arrival.release()), Text(arrival.seen_at()),
              Whole(arrival.new_cells()), Whole(arrival.revised_cells()), Text(EndWord(arrival.end())),
              Text(arrival.scheduled_run()), Text(arrival.reason())});
  }
  return Print(rows.Take());
}

Status RunRemove(Session& session, const ScheduleFlags& flags) {
  v1::DeleteScheduleRequest request;
  request.set_schedule(flags.schedule);
  v1::DeleteScheduleResponse response;
  FARRELL_RETURN_IF_ERROR(AskReporting(session, &Stub::DeleteSchedule, request, response));
  return Print(fmt::format("{} is removed; its finished runs stay\n", flags.schedule));
}

Status RunPoke(Session& session, const ScheduleFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(const Endpoints endpoints, FindEndpoints(session.options().server));
  // A service inside this process ends with it.
  const bool wait = flags.wait || endpoints.reporting.empty();
  v1::PokeSchedulesRequest request;
  request.set_wait(wait);
  v1::PokeSchedulesResponse response;
  FARRELL_RETURN_IF_ERROR(AskReporting(session, &Stub::PokeSchedules, request, response));
  if (!response.scheduler().empty()) return Print(response.scheduler() + " looks after the schedules\n");
  return Print(
      fmt::format("{} due, {} begun{}\n", response.due_count(), response.started_count(), wait ? " and ended" : ""));
}

}  // namespace

void AddScheduleCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<ScheduleFlags>();
  CLI::App* schedule =
      app.add_subcommand("schedule", "Studies that run by themselves, by the clock or when data arrive");
  schedule->require_subcommand(1);
  AddExamples(schedule,
              {"farrell schedule create study.yaml --name monthly --cron '0 6 1 * *' --time-zone Asia/Shanghai"});

  const auto add = [&](const char* name, const char* help, Status (*run)(Session&, const ScheduleFlags&)) {
    CLI::App* verb = schedule->add_subcommand(name, help);
    AddServiceFlags(verb, program.options);
    SetRun(verb, program, [flags, run](Session& session) { return run(session, *flags); });
    return verb;
  };
  const auto add_name = [&](CLI::App* verb) {
    verb->add_option("SCHEDULE", flags->schedule, "Name, PROJECT/NAME or id")->required()->type_name("");
    return verb;
  };
  const auto add_format = [&](CLI::App* verb) { AddFormatFlag(verb, program.options, {"table", "csv", "json"}); };

  CLI::App* create = add("create", "Have a study on a dataset run by itself", RunCreate);
  create->add_option("FILE", flags->file, "Study file (YAML) with `data: {dataset: NAME}`")->required()->type_name("");
  create->add_option("--name", flags->schedule, "Of the schedule: letters, digits, '.', '_', '-'")
      ->required()
      ->type_name("NAME");
  CLI::Option* cron =
      create->add_option("--cron", flags->cron, "Time table: minute hour day month weekday")->type_name("TABLE");
  create->add_option("--time-zone", flags->time_zone, "Zone of the table, such as Asia/Shanghai")->type_name("ZONE");
  CLI::Option* arrival = create->add_flag("--on-arrival", flags->on_arrival, "Run when data of its dataset arrive");
  CLI::Option* revision =
      create->add_flag("--on-revision", flags->on_revision, "Run when data that were there before are revised");
  cron->excludes(arrival)->excludes(revision);
  arrival->excludes(revision);
  create->add_option("--quiet-period", flags->quiet, "Seconds without another arrival before it runs; default 0")
      ->type_name("SECONDS");
  create->add_flag("--complete", flags->complete, "Wait until every period of the release is complete");
  create
      ->add_option("--provisional-after", flags->deadline,
                   "Seconds after the first arrival when it runs in any case, marked provisional if incomplete")
      ->type_name("SECONDS");
  create->add_option("--overlap", flags->overlap, "What happens while one is under way; default buffer-one")
      ->type_name("buffer-one|skip|buffer-all|cancel-other|allow")
      ->check(Silent(CLI::IsMember({"buffer-one", "skip", "buffer-all", "cancel-other", "allow"})));
  create->add_option("--catch-up", flags->catch_up, "Seconds within which missed times are caught up; default 86400")
      ->type_name("SECONDS");
  AddRepeated(create, "--gate", flags->gates, "Referee rules that keep a run from being published when they fire")
      ->type_name("RULE,...");
  AddRepeated(create, "--webhook", flags->webhooks, "Address that is told of every publication")->type_name("URL");
  create->add_flag("--update", flags->update, "Replace the schedule of that name");
  add_format(create);
  AddExamples(create, {"farrell schedule create study.yaml --name monthly --cron '0 6 1 * *' --time-zone Asia/Shanghai",
                       "farrell schedule create study.yaml --name fresh --on-arrival --quiet-period 1800 --complete"});

  CLI::App* list = add("list", "List schedules", RunList);
  add_format(list);
  AddExamples(list, {"farrell schedule list --format csv"});

  CLI::App* show = add_name(add("show", "Show a schedule: next times, newest runs, what it waits for", RunShow));
  add_format(show);
  AddExamples(show, {"farrell schedule show monthly"});

  CLI::App* pause = add_name(add("pause", "Begin no runs of a schedule until it is resumed", RunPause));
  CLI::App* resume = add_name(add("resume", "Go on; times that passed are caught up within the window", RunResume));
  for (CLI::App* verb : {pause, resume}) {
    verb->add_option("--note", flags->note, "Why, for people")->type_name("TEXT");
    add_format(verb);
  }
  AddExamples(pause, {"farrell schedule pause monthly --note \"census year under review\""});
  AddExamples(resume, {"farrell schedule resume monthly"});

  CLI::App* trigger = add_name(add("trigger", "Run a schedule now, paused or not", RunTrigger));
  add_format(trigger);
  AddExamples(trigger, {"farrell schedule trigger monthly"});

  CLI::App* backfill = add_name(add("backfill", "Run a schedule for times of the past", RunBackfill));
  backfill->add_option("--from", flags->from, "First moment, e.g. 2026-01-01T00:00:00+08:00")
      ->required()
      ->type_name("TIME");
  backfill->add_option("--to", flags->to, "Last moment")->required()->type_name("TIME");
  backfill->add_option("--as-of", flags->as_of, "Day on which the data were known; default: each nominal day")
      ->type_name("DAY");
  backfill->add_flag("--preview", flags->preview, "Say what would run, which steps are at hand, how long; run nothing");
  add_format(backfill);
  AddExamples(backfill,
              {"farrell schedule backfill monthly --from 2026-01-01T00:00:00Z --to 2026-06-30T00:00:00Z --preview"});

  CLI::App* arrivals =
      add_name(add("arrivals", "List what happened to the dataset, and what became of it", RunArrivals));
  arrivals->add_option("--limit", flags->limit, "Most events to list; default 100")
      ->type_name("N")
      ->check(Silent(CLI::Range(1, 1000)));
  add_format(arrivals);
  AddExamples(arrivals, {"farrell schedule arrivals fresh"});

  CLI::App* remove = add_name(add("remove", "Remove a schedule; finished runs and publications stay", RunRemove));
  AddExamples(remove, {"farrell schedule remove monthly"});

  CLI::App* poke = add("poke", "Look now at what is due, for servers that do not look by themselves", RunPoke);
  poke->add_flag("--wait", flags->wait,
                 "Come back when what was begun has ended; always so where the services run inside this process");
  AddExamples(poke, {"farrell schedule poke --server reporting:7404"});
}

}  // namespace farrell::cli
