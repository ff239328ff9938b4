// farrell study: validate, plan, run, list, show, verify, synthesize.

#include <fmt/core.h>

#include <map>
#include <memory>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/json.h"
#include "cli/long_call.h"
#include "cli/output.h"
#include "cli/presence.h"
#include "cli/report_files.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "cli/study_source.h"
#include "cli/study_verify.h"
#include "common/text/number.h"
#include "farrell/reporting/v1/reporting.grpc.pb.h"

namespace farrell::cli {
namespace {

struct StudyFlags {
  std::string file;
  std::string out;
  bool recompute = false;
  bool publish = false;
  std::string run = "latest";
  int limit = 50;
  std::string preset;
  std::int64_t seed = 1;
};

// Steps that a row of a plan names; with more, one fewer and their number.
constexpr int kMostNeedsShown = 3;

std::string_view SourceWord(common::v1::ResultOrigin::Source source) {
  switch (source) {
    case common::v1::ResultOrigin::SOURCE_COMPUTED: return "computed";
    case common::v1::ResultOrigin::SOURCE_MEMORY: return "memory";
    case common::v1::ResultOrigin::SOURCE_REDIS: return "redis";
    case common::v1::ResultOrigin::SOURCE_STORE: return "store";
    case common::v1::ResultOrigin::SOURCE_COALESCED: return "coalesced";
    default: return "";
  }
}

std::string_view StateWord(reporting::v1::Run::State state) {
  switch (state) {
    case reporting::v1::Run::STATE_RUNNING: return "running";
    case reporting::v1::Run::STATE_SUCCEEDED: return "succeeded";
    case reporting::v1::Run::STATE_FAILED: return "failed";
    case reporting::v1::Run::STATE_CANCELLED: return "cancelled";
    default: return "unknown";
  }
}

// "study.yaml:12:5"
std::string PlaceOf(const reporting::v1::StudyProblem& problem) {
  std::string place = problem.file();
  if (problem.line() > 0) place += fmt::format(":{}:{}", problem.line(), problem.column());
  return place;
}

// Not mistakes of the study, which may be checked before its data are there.
void NoteMissingFiles(const reporting::v1::ValidateStudyResponse& response) {
  for (const reporting::v1::StudyMissingFile& missing : response.missing_files()) {
    if (missing.kind() == reporting::v1::StudyMissingFile::KIND_STUDY) continue;
    const bool data = missing.kind() == reporting::v1::StudyMissingFile::KIND_DATA;
    PrintNote(fmt::format("note: there is no file {}: {}", missing.path(),
                          data ? "the study cannot run, and its columns were not checked" : "the study cannot run"));
  }
}

Status RunValidate(Session& session, const StudyFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  reporting::v1::ValidateStudyRequest request;
  std::vector<reporting::v1::StudyProblem> data_problems;
  FARRELL_ASSIGN_OR_RETURN(*request.mutable_source(), ReadStudyFiles(session, flags.file, &data_problems));
  Call call(session);
  reporting::v1::ValidateStudyResponse response;
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->reporting()->ValidateStudy(call.context(), request, &response)));
  response.mutable_problems()->Add(data_problems.begin(), data_problems.end());
  if (data_problems.empty()) NoteMissingFiles(response);

  const Format format = session.options().output_format();
  if (format == Format::kJson) {
    FARRELL_RETURN_IF_ERROR(Print(ToJson(response)));
  } else if (format == Format::kCsv) {
    Rows rows(format, {"file", "line", "column", "field", "message"}, false);
    for (const reporting::v1::StudyProblem& problem : response.problems()) {
      rows.Add({Text(problem.file()), Whole(problem.line()), Whole(problem.column()), Text(problem.field()),
                Text(problem.message())});
    }
    FARRELL_RETURN_IF_ERROR(Print(rows.Take()));
  } else {
    for (const reporting::v1::StudyProblem& problem : response.problems()) {
      const std::string field = problem.field().empty() ? "" : problem.field() + ": ";
      FARRELL_RETURN_IF_ERROR(Print(fmt::format("{}: {}{}\n", PlaceOf(problem), field, problem.message())));
    }
    if (response.problems().empty()) {
      const reporting::v1::Study& study = response.study();
      FARRELL_RETURN_IF_ERROR(Print(fmt::format(
          "{}: no problems: {}, {}, {}, {}, {}\n", flags.file, text::FormatCounted(study.dea_size(), "DEA model"),
          text::FormatCounted(study.regressions_size(), "regression"),
          text::FormatCounted(study.comparisons_size(), "comparison"),
          text::FormatCounted(study.tables_size(), "table"), text::FormatCounted(study.figures_size(), "figure"))));
    }
  }
  if (response.problems().empty()) return {};
  return InvalidArgument("STUDY_INVALID",
                         text::FormatCounted(response.problems_size(), "problem") + " in " + flags.file);
}

// "hit": its result is at hand; "same": as a step before it, computed once; "certified": some of it is proven to stand;
// "miss": it is to be computed; "later": that is known when earlier steps are finished; "always": nothing is kept of
// it.
std::string PlanState(const reporting::v1::PlannedStep& step) {
  if (step.at_hand() != common::v1::ResultOrigin::SOURCE_UNSPECIFIED) return "hit";
  if (!step.same_as().empty()) return "same";
  if (step.certified_count() > 0) return "certified";
  if (!step.action_key().empty()) return "miss";
  return step.kind() == "describe" || step.kind() == "report" ? "always" : "later";
}

Status RunPlan(Session& session, const StudyFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  reporting::v1::PlanStudyRequest request;
  FARRELL_ASSIGN_OR_RETURN(*request.mutable_source(), ReadStudyFiles(session, flags.file));
  Call call(session);
  reporting::v1::PlanStudyResponse response;
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->reporting()->PlanStudy(call.context(), request, &response)));
  const Format format = session.options().output_format();
  if (format == Format::kJson) return Print(ToJson(response));
  Rows rows(format,
            {"step", "kind", "at_hand", "action_key", "needs", "certified", "to_solve", "state", "predicted_seconds"},
            false);
  int unknown = 0;
  double seconds = 0;
  for (const reporting::v1::PlannedStep& step : response.steps()) {
    const bool short_form = format == Format::kTable;
    // A report needs every step: too many for a line on a terminal.
    const int shown = short_form && step.needs_size() > kMostNeedsShown ? kMostNeedsShown - 1 : step.needs_size();
    std::string needs;
    for (int i = 0; i < shown; ++i) needs += (needs.empty() ? "" : ";") + step.needs(i);
    if (shown < step.needs_size()) needs += fmt::format(" and {} more", step.needs_size() - shown);
    const std::string key = short_form ? step.action_key().substr(0, 12) : step.action_key();
    const auto count = [](bool told, std::int64_t number) { return told ? Whole(number) : RowCell(); };
    rows.Add({Text(step.id()), Text(step.kind()), Text(std::string(SourceWord(step.at_hand()))), Text(key), Text(needs),
              count(step.has_certified_count(), step.certified_count()),
              count(step.has_problem_count(), step.problem_count()), Text(PlanState(step)),
              step.has_predicted_seconds() ? Number(step.predicted_seconds()) : RowCell()});
    if (!step.has_predicted_seconds()) ++unknown;
    seconds += step.predicted_seconds();
  }
  FARRELL_RETURN_IF_ERROR(Print(rows.Take()));
  if (format == Format::kTable && !session.options().quiet) {
    PrintNote(fmt::format(
        "predicted: {} s{}", text::FormatFixed(seconds, 1),
        unknown == 0 ? ""
                     : fmt::format(", without {} that no run has computed yet", text::FormatCounted(unknown, "step"))));
  }
  return Status::Ok();
}

void AddSteps(Rows& rows, const reporting::v1::Run& run) {
  for (const reporting::v1::FinishedStep& step : run.steps()) {
    rows.Add({Text(step.id()), Text(std::string(SourceWord(step.origin().source()))),
              Whole(step.origin().solved_count()), Number(step.origin().elapsed_seconds()),
              step.has_saved_seconds() ? Number(step.saved_seconds()) : RowCell(),
              Whole(step.origin().certified_count())});
  }
}
const std::vector<std::string> kStepHeader{"step", "origin", "solved", "seconds", "saved_seconds", "certified"};

// "12 steps: 3 computed, 9 reused (8 store, 1 redis), which saved 4.2 s": how a run came by its results.
std::string DescribeSteps(const reporting::v1::Run& run) {
  int computed = 0;
  std::map<std::string, int> reused;
  for (const reporting::v1::FinishedStep& step : run.steps()) {
    if (step.origin().source() == common::v1::ResultOrigin::SOURCE_COMPUTED) {
      ++computed;
    } else {
      ++reused[std::string(SourceWord(step.origin().source()))];
    }
  }
  std::string text = fmt::format("{}: {} computed, {} reused", text::FormatCounted(run.steps_size(), "step"), computed,
                                 run.steps_size() - computed);
  std::string sources;
  for (const auto& [source, count] : reused)
    sources += fmt::format("{}{} {}", sources.empty() ? "" : ", ", count, source);
  if (!sources.empty()) text += " (" + sources + ")";
  if (run.saved_seconds() > 0)
    text += fmt::format(", which saved {} s", text::FormatSignificant(run.saved_seconds(), 3));
  return text;
}

std::string DescribeRun(const reporting::v1::Run& run) {
  std::string text = fmt::format("{}\nrun {}: {}, {} solved, study {}", run.title(), run.id(), StateWord(run.state()),
                                 text::FormatCount(run.solved_count()), run.study_digest().substr(0, 12));
  if (!run.report_digest().empty()) text += ", report " + run.report_digest().substr(0, 12);
  text += "\n" + DescribeSteps(run) + "\n";
  if (!run.started_at().empty()) {
    text += run.finished_at().empty()
                ? fmt::format("since {} on {}\n", run.started_at(), run.host())
                : fmt::format("{} to {} on {}\n", run.started_at(), run.finished_at(), run.host());
  }
  if (!run.error().empty()) text += run.error() + "\n";
  return text;
}

Status RunRun(Session& session, const StudyFlags& flags) {
  // Found out before the study has run for an hour.
  if (!flags.out.empty()) FARRELL_RETURN_IF_ERROR(MakeReportFolder(flags.out));
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  // Seen before the data are uploaded: a server that goes away meanwhile is waited for.
  const bool there = ReportingIsThere(session);
  reporting::v1::RunStudyRequest request;
  FARRELL_ASSIGN_OR_RETURN(*request.mutable_source(), ReadStudyFiles(session, flags.file));
  request.set_skip_cache_lookup(flags.recompute);
  request.set_publish(flags.publish);

  reporting::v1::Run run;
  const auto open = [&](grpc::ClientContext* context) { return connection->reporting()->RunStudy(context, request); };
  const auto take = [&](reporting::v1::RunStudyResponse& reply) {
    if (reply.has_run()) run = std::move(*reply.mutable_run());
    return Status();
  };
  FARRELL_RETURN_IF_ERROR(
      RunLongCall<reporting::v1::RunStudyResponse>(session, open, take, Dependencies::kWaitedFor, there));
  PrintWarnings(run.warnings());
  const std::string folder = flags.out.empty() ? run.study_id() + "-report" : flags.out;
  FARRELL_ASSIGN_OR_RETURN(const std::vector<std::string> written, WriteReport(session, run.id(), {}, folder, true));
  FARRELL_RETURN_IF_ERROR(WriteRun(run, folder));

  switch (session.options().output_format()) {
    case Format::kJson: return Print(ToJson(run));
    case Format::kCsv: {
      Rows rows(Format::kCsv, kStepHeader, false);
      AddSteps(rows, run);
      return Print(rows.Take());
    }
    default:
      return Print(DescribeRun(run) +
                   fmt::format("{} files in {}\n{}/report.html\n", written.size() + 1, folder, folder));
  }
}

std::string HoldNames(const reporting::v1::Run& run) {
  std::string names;
  for (const reporting::v1::Hold& hold : run.holds()) names += (names.empty() ? "" : " ") + hold.name();
  return names;
}

Status RunList(Session& session, const StudyFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  reporting::v1::ListRunsRequest request;
  reporting::v1::ListRunsResponse response;
  // A page may be short of runs though there are more.
  do {
    Call call(session);
    request.set_page_size(flags.limit - response.runs_size());
    reporting::v1::ListRunsResponse page;
    FARRELL_RETURN_IF_ERROR(FromGrpc(connection->reporting()->ListRuns(call.context(), request, &page)));
    response.mutable_runs()->MergeFrom(page.runs());
    response.set_next_page_token(page.next_page_token());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty() && response.runs_size() < flags.limit);
  const Format format = session.options().output_format();
  if (format == Format::kJson) return Print(ToJson(response));
  Rows rows(format, {"run", "study", "state", "started_at", "finished_at", "solved", "report_digest", "held_by"},
            false);
  for (const reporting::v1::Run& run : response.runs()) {
    const std::string digest = format == Format::kTable ? run.report_digest().substr(0, 12) : run.report_digest();
    rows.Add({Text(run.id()), Text(run.study_id()), Text(std::string(StateWord(run.state()))), Text(run.started_at()),
              Text(run.finished_at()), Whole(run.solved_count()), Text(digest), Text(HoldNames(run))});
  }
  return Print(rows.Take());
}

Status RunShow(Session& session, const StudyFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  Call call(session);
  reporting::v1::GetRunRequest request;
  request.set_id(flags.run);
  reporting::v1::GetRunResponse response;
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->reporting()->GetRun(call.context(), request, &response)));
  const Format format = session.options().output_format();
  if (format == Format::kJson) return Print(ToJson(response.run()));
  PrintWarnings(response.run().warnings());
  Rows rows(format, kStepHeader, false);
  AddSteps(rows, response.run());
  return Print((format == Format::kTable ? DescribeRun(response.run()) : std::string()) + rows.Take());
}

Status RunVerify(Session& session, const StudyFlags& flags) { return VerifyStudy(session, flags.file); }

Status RunSynthesize(Session& session, const StudyFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  Call call(session);
  reporting::v1::SynthesizePanelRequest request;
  request.set_preset(flags.preset);
  request.set_seed(flags.seed);
  reporting::v1::SynthesizePanelResponse response;
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->reporting()->SynthesizePanel(call.context(), request, &response)));
  if (flags.out.empty() || flags.out == "-") return Print(response.csv());
  return WriteFile(flags.out, response.csv());
}

// The keys that a study file may have, as the contract has them, in lines of at most 100 characters.
std::string KeysText() {
  constexpr std::size_t kWidth = 100;
  const google::protobuf::Descriptor& study = *reporting::v1::Study::descriptor();
  std::string text = "Keys of a study file (docs/studies.md says what each does):\n";
  std::string line = " ";
  for (int i = 0; i < study.field_count(); ++i) {
    const std::string& key = study.field(i)->name();
    if (line.size() + key.size() + 2 > kWidth) {
      text += line + "\n";
      line = " ";
    }
    line += " " + key + (i + 1 < study.field_count() ? "," : "");
  }
  return text + line + "\n";
}

}  // namespace

void AddStudyCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<StudyFlags>();
  CLI::App* study = app.add_subcommand("study", "Check, plan and run studies; look at runs");
  study->require_subcommand(1);
  AddExamples(study, {"farrell study run examples/us-states/study.yaml --out build/report"});
  study->footer(study->get_footer() + "\n" + KeysText());

  const auto add = [&](const char* name, const char* description, Status (*run)(Session&, const StudyFlags&)) {
    CLI::App* verb = study->add_subcommand(name, description);
    SetRun(verb, program, [flags, run](Session& session) { return run(session, *flags); });
    return verb;
  };
  const auto finish = [&](CLI::App* verb, const char* example, bool with_format = true) {
    if (with_format) AddFormatFlag(verb, program.options, {"table", "csv", "json"});
    AddServiceFlags(verb, program.options);
    AddExamples(verb, {example});
  };
  const auto add_file = [&](CLI::App* verb) {
    verb->add_option("FILE", flags->file, "Study file (YAML)")->required()->type_name("");
  };

  CLI::App* validate =
      add("validate", "Report every mistake of a study with its line (exit code 2 if any)", RunValidate);
  add_file(validate);
  finish(validate, "farrell study validate examples/us-states/study.yaml");

  CLI::App* plan = add("plan", "Show the steps of a study and which results are at hand; computes nothing", RunPlan);
  add_file(plan);
  finish(plan, "farrell study plan examples/us-states/study.yaml --format csv");

  CLI::App* run = add("run", "Run a study and write its report; asked again, it resumes", RunRun);
  add_file(run);
  run->add_option("--out", flags->out, "Folder of the report; default STUDY-report")->type_name("DIR");
  run->add_flag("--recompute", flags->recompute, "Compute every step even if its result is at hand");
  run->add_flag("--publish", flags->publish, "Let the run stand for its study from now on (farrell publications)");
  finish(run, "farrell study run examples/us-states/study.yaml --out build/report");

  CLI::App* list = add("list", "List runs, newest first", RunList);
  list->add_option("--limit", flags->limit, "Most runs to list; default 50")
      ->type_name("N")
      ->check(Silent(CLI::Range(1, 1000)));
  finish(list, "farrell study list --format csv");

  CLI::App* show = add("show", "Show one run: steps, where each result came from, seconds", RunShow);
  show->add_option("RUN", flags->run, "Run id, a unique prefix of it, or latest (default)")->type_name("");
  finish(show, "farrell study show latest --format json");

  CLI::App* verify =
      add("verify", "Run a bundle or a run again from nothing and compare every digit (exit code 6 if any differs)",
          RunVerify);
  verify
      ->add_option("BUNDLE", flags->file,
                   "ZIP file of `farrell report bundle`; or a run: its id, a unique prefix of it, or latest")
      ->required()
      ->type_name("");
  finish(verify, "farrell study verify study.zip");

  CLI::App* synthesize = add("synthesize", "Generate a synthetic panel with planted effects", RunSynthesize);
  synthesize->add_option("--preset", flags->preset, "Which effects are planted")
      ->required()
      ->type_name("pattern|realistic|homogeneous|null");
  synthesize->add_option("--seed", flags->seed, "Seed; default 1")->type_name("N");
  synthesize->add_option("--out", flags->out, "CSV file; default standard output")->type_name("FILE");
  finish(synthesize, "farrell study synthesize --preset pattern --seed 1 --out panel.csv", false);
}

}  // namespace farrell::cli
