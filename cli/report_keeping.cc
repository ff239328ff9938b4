#include "cli/report_keeping.h"

#include <fmt/core.h>

#include <memory>
#include <string>

#include "cli/flags.h"
#include "cli/json.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/reporting_call.h"
#include "cli/rows.h"
#include "cli/session.h"

namespace farrell::cli {
namespace {

namespace v1 = reporting::v1;

struct KeepingFlags {
  std::string run;
  std::string name;
  std::string reason;
  std::string until;
  std::int64_t days = 0;
  int keep_latest = 1;
  bool dry_run = false;
};

Status RunHold(Session& session, const KeepingFlags& flags) {
  v1::HoldRunRequest request;
  request.set_run_id(flags.run);
  request.mutable_hold()->set_name(flags.name);
  request.mutable_hold()->set_reason(flags.reason);
  request.mutable_hold()->set_until(flags.until);
  v1::HoldRunResponse response;
  FARRELL_RETURN_IF_ERROR(AskReporting(session, &v1::ReportingService::StubInterface::HoldRun, request, response));
  if (!response.not_bundled().empty()) {
    PrintNote("warning: the report is held, but can only be repeated while its data are there: " +
              response.not_bundled());
  }
  return Print(fmt::format("{} is held by {}{}\n", response.run_id(), response.hold().name(),
                           response.hold().until().empty() ? "" : " until " + response.hold().until()));
}

Status RunRelease(Session& session, const KeepingFlags& flags) {
  v1::ReleaseRunRequest request;
  request.set_run_id(flags.run);
  request.set_name(flags.name);
  v1::ReleaseRunResponse response;
  FARRELL_RETURN_IF_ERROR(AskReporting(session, &v1::ReportingService::StubInterface::ReleaseRun, request, response));
  std::string names;
  for (const v1::Hold& hold : response.holds()) names += (names.empty() ? "" : ", ") + hold.name();
  return Print(response.run_id() + (names.empty() ? " is no longer held\n" : " is still held by " + names + "\n"));
}

Status RunRemove(Session& session, const KeepingFlags& flags) {
  v1::RemoveRunRequest request;
  request.set_run_id(flags.run);
  request.set_reason(flags.reason);
  v1::RemoveRunResponse response;
  FARRELL_RETURN_IF_ERROR(AskReporting(session, &v1::ReportingService::StubInterface::RemoveRun, request, response));
  return Print(fmt::format("{} of study {} is removed\n", response.run().run_id(), response.run().study_id()));
}

Status RunRetain(Session& session, const KeepingFlags& flags) {
  constexpr std::int64_t kSecondsOfDay = 86400;
  v1::ApplyRetentionRequest request;
  request.set_older_than_seconds(flags.days * kSecondsOfDay);
  request.set_keep_latest(flags.keep_latest);
  request.set_dry_run(flags.dry_run);
  v1::ApplyRetentionResponse response;
  FARRELL_RETURN_IF_ERROR(
      AskReporting(session, &v1::ReportingService::StubInterface::ApplyRetention, request, response));
  const Format format = session.options().output_format();
  if (format == Format::kJson) return Print(ToJson(response));
  Rows rows(format, {"run", "study", "started_at", "removed_at"}, false);
  for (const v1::RemovedRun& run : response.removed()) {
    rows.Add({Text(run.run_id()), Text(run.study_id()), Text(run.started_at()), Text(run.removed_at())});
  }
  PrintNote(fmt::format("{}{} runs and {} results that no run names, {:.1f} MB; {} old runs are held, {} runs remain",
                        flags.dry_run ? "would go: " : "gone: ", response.removed_size(), response.removed_step_count(),
                        static_cast<double>(response.removed_bytes()) / 1e6, response.held_count(),
                        response.remaining_count()));
  return response.removed().empty() ? Status() : Print(rows.Take());
}

}  // namespace

void AddReportKeeping(CLI::App& report, Program& program) {
  auto flags = std::make_shared<KeepingFlags>();
  const auto add = [&](const char* name, const char* help, Status (*run)(Session&, const KeepingFlags&)) {
    CLI::App* verb = report.add_subcommand(name, help);
    AddServiceFlags(verb, program.options);
    SetRun(verb, program, [flags, run](Session& session) { return run(session, *flags); });
    return verb;
  };
  const char* run_help = "Run id or a unique prefix of it";

  CLI::App* hold = add("hold", "Keep a run and its replication bundle until the hold is released or ends", RunHold);
  hold->add_option("RUN", flags->run, "Run id, a unique prefix of it, or latest")->required()->type_name("");
  hold->add_option("--name", flags->name, "Of the hold: letters, digits, '.', '_', '-'")->required()->type_name("NAME");
  hold->add_option("--reason", flags->reason, "Why, for people")->type_name("TEXT");
  hold->add_option("--until", flags->until, "When it ends by itself, e.g. 2027-01-31T00:00:00+08:00")
      ->type_name("TIME");
  AddExamples(hold, {"farrell report hold 3f2a9c --name submission-2026 --reason \"as submitted\""});

  CLI::App* release = add("release", "End a hold", RunRelease);
  release->add_option("RUN", flags->run, "Run id, a unique prefix of it, or latest")->required()->type_name("");
  release->add_option("--name", flags->name, "Of the hold")->required()->type_name("NAME");
  AddExamples(release, {"farrell report release 3f2a9c --name submission-2026"});

  CLI::App* remove = add("remove", "Remove a run, unless it is held; results that other runs share stay", RunRemove);
  remove->add_option("RUN", flags->run, run_help)->required()->type_name("");
  remove->add_option("--reason", flags->reason, "Why, for whoever asks for the run later")->type_name("TEXT");
  AddExamples(remove, {"farrell report remove 3f2a9c --reason \"wrong sample\""});

  CLI::App* retain = add("retain", "Remove old runs, and old results that no run names; held runs stay", RunRetain);
  retain->add_option("--days", flags->days, "Runs that began longer ago may go, in [1, 36500]")
      ->required()
      ->type_name("N")
      ->check(Silent(CLI::Range(1, 36500)));
  retain
      ->add_option("--keep-latest", flags->keep_latest,
                   "Newest succeeded runs of every study that stay, in [1, 1000]; default 1")
      ->type_name("N")
      ->check(Silent(CLI::Range(1, 1000)));
  retain->add_flag("--dry-run", flags->dry_run, "Say what would go and remove nothing");
  AddFormatFlag(retain, program.options, {"table", "csv", "json"});
  AddExamples(retain, {"farrell report retain --days 365 --keep-latest 3 --dry-run"});
}

}  // namespace farrell::cli
