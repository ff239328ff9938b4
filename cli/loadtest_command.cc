// farrell loadtest: how many calls a second servers answer, and how soon.

#include <fmt/core.h>

#include <memory>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/load_report.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/session.h"
#include "common/text/number.h"

namespace farrell::cli {
namespace {

constexpr double kDefaultSeconds = 10;

struct LoadFlags {
  std::string mix = "mixed";
  LoadPlan plan{.seconds = 0};
  LoadTable table;
  bool allow_errors = false;
};

LoadOutcome RunWithProgress(Session& session, const LoadPlan& plan, const LoadCalls& calls) {
  ProgressDisplay display(ProgressDisplay::ChooseMode(session.options().quiet));
  const auto show = [&](double seconds, std::int64_t made, std::int64_t errors) {
    common::v1::Progress progress;
    progress.set_stage("calling");
    progress.set_completed_count(plan.calls > 0 ? made : static_cast<std::int64_t>(seconds));
    progress.set_total_count(plan.calls > 0 ? plan.calls : static_cast<std::int64_t>(plan.seconds));
    progress.set_message(
        fmt::format("{}, {}", text::FormatCounted(made, "call"), text::FormatCounted(errors, "error")));
    display.Update(progress);
  };
  return RunLoad(
      plan, session.interrupt().token(), [&](int) { return calls.Client(); }, show);
}

Status RunLoadtest(Session& session, const LoadFlags& flags) {
  LoadReport report{.plan = flags.plan, .table = flags.table};
  FARRELL_ASSIGN_OR_RETURN(report.plan.mix, ParseMix(flags.mix));
  if (report.plan.calls == 0 && report.plan.seconds == 0) report.plan.seconds = kDefaultSeconds;
  FARRELL_ASSIGN_OR_RETURN(const auto calls, LoadCalls::Prepare(session, report.table, report.plan.seed));
  report.machine = DescribeMachine();
  FARRELL_ASSIGN_OR_RETURN(report.servers, DescribeServers(session));

  report.outcome = RunWithProgress(session, report.plan, *calls);
  FARRELL_RETURN_IF_ERROR(Print(Render(report, session.options().output_format())));
  if (session.interrupt().requested()) return Cancelled();
  const LoadCounts all = report.outcome.All();
  if (all.error_count() == 0 || flags.allow_errors) return {};
  return {
      Code::kAborted, "CALLS_FAILED",
      fmt::format("{} of {} failed: {}; --allow-errors takes that for success", text::FormatCount(all.error_count()),
                  text::FormatCounted(all.call_count(), "call"), DescribeErrors(all))};
}

}  // namespace

void AddLoadtestCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<LoadFlags>();
  LoadPlan& plan = flags->plan;
  CLI::App* verb = app.add_subcommand(
      "loadtest",
      "Measure how many calls a second servers answer and how soon: uploads a small made-up table, which stays in the "
      "store without a name, and calls the services on it");
  verb->add_option("--mix", flags->mix,
                   "What to call: cached (evaluations seen before), small (evaluations nobody has seen), fit "
                   "(regressions nobody has seen), read and describe (the table), or shares such as "
                   "cached=90,small=10; mixed, the default, is cached=60,small=10,fit=10,read=10,describe=10")
      ->type_name("KIND[=SHARE],...");
  verb->add_option("--clients", plan.clients, "Clients that call at once, each with connections of its own; default 8")
      ->type_name("N")
      ->check(Silent(CLI::Range(1, 1000)));
  verb->add_option("--rate", plan.rate,
                   "Calls a second of all clients together, at random moments, however slow the answers (open loop): "
                   "latency then counts from when a call was due. Without it each client makes its next call when the "
                   "last is answered (closed loop), which finds the most that servers can do")
      ->type_name("R")
      ->check(Silent(CLI::Range(0.001, 1e6)));
  verb->add_option("--duration", plan.seconds, "Seconds to call for; default 10, or no limit with --calls")
      ->type_name("SECONDS")
      ->check(Silent(CLI::Range(0.1, 1e6)));
  verb->add_option("--calls", plan.calls, "End after so many calls")
      ->type_name("N")
      ->check(Silent(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000'000})));
  verb->add_option("--seed", plan.seed, "Decides the order of kinds, the moments and the fresh tables; default 1")
      ->type_name("N");
  verb->add_option("--units", flags->table.units, "Units of the table; default 30")
      ->type_name("N")
      ->check(Silent(CLI::Range(2, 100'000)));
  verb->add_option("--periods", flags->table.periods, "Periods of the table; default 10")
      ->type_name("N")
      ->check(Silent(CLI::Range(1, 1000)));
  verb->add_flag("--allow-errors", flags->allow_errors,
                 "Exit code 0 though calls failed; they are counted all the same");
  AddFormatFlag(verb, program.options, {"text", "json", "csv"});
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell loadtest --server 127.0.0.1:7400 --mix cached --clients 16 --duration 30",
                     "farrell loadtest --server 127.0.0.1:7400 --rate 200 --duration 60 --format json"});
  SetRun(verb, program, [flags](Session& session) { return RunLoadtest(session, *flags); });
}

}  // namespace farrell::cli
