// farrell report: the files of a finished run again; what changed between two runs; a run as one archive.

#include <fmt/core.h>

#include <memory>

#include "cli/commands.h"
#include "cli/flags.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/report_export.h"
#include "cli/report_files.h"
#include "cli/report_keeping.h"
#include "cli/report_presets.h"
#include "cli/rows.h"
#include "cli/session.h"
#include "cli/study_verify.h"
#include "farrell/reporting/v1/reporting.grpc.pb.h"

namespace farrell::cli {
namespace {

struct ReportFlags {
  std::string run = "latest";
  std::string out;
  std::vector<std::string> paths;
  std::string from;
  std::string to;
  bool no_replay = false;
};

Result<reporting::v1::Run> GetRun(Session& session, const std::string& id) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  Call call(session);
  reporting::v1::GetRunRequest request;
  request.set_id(id);
  reporting::v1::GetRunResponse response;
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->reporting()->GetRun(call.context(), request, &response)));
  return std::move(*response.mutable_run());
}

Status RunReport(Session& session, const ReportFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(const reporting::v1::Run run, GetRun(session, flags.run));
  const std::string folder = flags.out.empty() ? run.study_id() + "-report" : flags.out;
  FARRELL_ASSIGN_OR_RETURN(const std::vector<std::string> written,
                           WriteReport(session, run.id(), SplitLists(flags.paths), folder));
  FARRELL_RETURN_IF_ERROR(WriteRun(run, folder));
  std::string text;
  for (const std::string& path : written) text += folder + "/" + path + "\n";
  return Print(text + folder + "/run.json\n");
}

Status RunDiff(Session& session, const ReportFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  reporting::v1::DiffRunsRequest request;
  request.set_from(flags.from);
  request.set_to(flags.to);
  request.set_skip_replay(flags.no_replay);
  const Format format = session.options().output_format();
  if (format == Format::kTable) request.set_format("text");
  if (format == Format::kMarkdown) request.set_format("md");
  if (format == Format::kCsv) request.set_format("csv");
  Call call(session);
  reporting::v1::DiffRunsResponse response;
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->reporting()->DiffRuns(call.context(), request, &response)));
  const std::string text = format == Format::kJson ? ToJson(response.difference()) : response.text();
  return flags.out.empty() || flags.out == "-" ? Print(text) : WriteFile(flags.out, text);
}

Status RunBundle(Session& session, const ReportFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(const reporting::v1::Run run, GetRun(session, flags.run));
  FARRELL_ASSIGN_OR_RETURN(const std::string bytes, FetchBundle(session, run.id()));
  const std::string path = flags.out.empty() ? run.study_id() + ".zip" : flags.out;
  FARRELL_RETURN_IF_ERROR(WriteFile(path, bytes));
  return Print(path + "\n");
}

}  // namespace

void AddReportCommand(CLI::App& app, Program& program) {
  auto flags = std::make_shared<ReportFlags>();
  CLI::App* verb = app.add_subcommand("report", "Write the files of a finished run again and print their paths");
  verb->add_option("RUN", flags->run, "Run id, a unique prefix of it, or latest (default)")->type_name("");
  verb->add_option("--out", flags->out, "Folder; default STUDY-report")->type_name("DIR");
  AddRepeated(verb, "--files", flags->paths, "Only these files, e.g. report.html; default all")->type_name("a,b,...");
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell report latest --out build/report --files report.html,report.md"});
  verb->callback([verb, flags, &program] {
    if (!verb->get_subcommands().empty()) return;
    program.run = [flags](Session& session) { return RunReport(session, *flags); };
  });

  CLI::App* diff =
      verb->add_subcommand("diff", "What changed between two runs, split into data, specification and code");
  diff->add_option("FROM", flags->from, "The earlier run, named as above")->required()->type_name("");
  diff->add_option("TO", flags->to, "The later run")->required()->type_name("");
  diff->add_flag("--no-replay", flags->no_replay,
                 "Do not run one study on the other's data; a change with several causes then stays whole");
  diff->add_option("--out", flags->out, "File; default standard output")->type_name("FILE");
  AddFormatFlag(diff, program.options, {"table", "md", "csv", "json"});
  AddServiceFlags(diff, program.options);
  AddExamples(diff, {"farrell report diff 3f2a9c latest --format md --out changes.md"});
  SetRun(diff, program, [flags](Session& session) { return RunDiff(session, *flags); });

  CLI::App* bundle = verb->add_subcommand(
      "bundle", "One ZIP file with the study, its data, every result and the report, for `farrell study verify`");
  bundle->add_option("RUN", flags->run, "As above")->type_name("");
  bundle->add_option("--out", flags->out, "File; default STUDY.zip")->type_name("FILE");
  AddServiceFlags(bundle, program.options);
  AddExamples(bundle, {"farrell report bundle latest --out study.zip"});
  SetRun(bundle, program, [flags](Session& session) { return RunBundle(session, *flags); });
  AddReportExport(*verb, program);
  AddReportKeeping(*verb, program);
  AddReportPresets(*verb, program);
}

}  // namespace farrell::cli
