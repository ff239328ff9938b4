// farrell report: the files of a finished run again, or its report as one document.

#include <memory>

#include "cli/commands.h"
#include "cli/json.h"
#include "cli/output.h"
#include "cli/report_export.h"
#include "cli/report_files.h"
#include "cli/rows.h"
#include "cli/session.h"

namespace farrell::cli {
namespace {

struct ReportFlags {
  std::string run = "latest";
  std::string out;
  std::vector<std::string> paths;
};

Result<reporting::v1::Run> GetRun(Session& session, const std::string& id) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  Call call(session);
  reporting::v1::GetRunRequest request;
  request.set_id(id);
  reporting::v1::GetRunResponse response;
  FARRELL_RETURN_IF_ERROR(FromGrpc(connection->reporting().GetRun(call.context(), request, &response)));
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
  AddReportExport(*verb, program);
}

}  // namespace farrell::cli
