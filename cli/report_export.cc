#include "cli/report_export.h"

#include <memory>
#include <string>

#include "cli/flags.h"
#include "cli/output.h"
#include "cli/session.h"
#include "farrell/reporting/v1/reporting.grpc.pb.h"

namespace farrell::cli {
namespace {

struct ExportFlags {
  std::string run = "latest";
  std::string format;
  std::string language;
  std::string out;
};

Status RunExport(Session& session, const ExportFlags& flags) {
  FARRELL_ASSIGN_OR_RETURN(Connection * connection, session.Connect());
  reporting::v1::ExportReportRequest request;
  request.set_run_id(flags.run);
  request.set_format(flags.format);
  request.set_language(flags.language);
  std::string bytes;
  Call call(session);
  const auto reader = connection->reporting()->ExportReport(call.context(), request);
  FARRELL_RETURN_IF_ERROR(
      ReadStream<reporting::v1::ExportReportResponse>(call, *reader, [&](reporting::v1::ExportReportResponse& reply) {
        bytes += reply.chunk();
        return Status();
      }));
  const std::string path = flags.out.empty() ? "report." + (flags.format == "latex" ? "zip" : flags.format) : flags.out;
  if (path == "-") return Print(bytes);
  FARRELL_RETURN_IF_ERROR(WriteFile(path, bytes));
  return Print(path + "\n");
}

}  // namespace

void AddReportExport(CLI::App& report, Program& program) {
  auto flags = std::make_shared<ExportFlags>();
  CLI::App* verb = report.add_subcommand("export", "The report of a finished run as one document, made when asked for");
  verb->add_option("RUN", flags->run, "Run id, a unique prefix of it, or latest (default)")->type_name("");
  verb->add_option("--format", flags->format,
                   "html, md, tex, json, xlsx, docx, pdf, or latex: a ZIP file of report.tex with its figures; of the "
                   "one-page brief brief.html, brief.md, brief.pdf")
      ->required()
      ->type_name("FORMAT");
  verb->add_option("--language", flags->language, "One of the study's languages; default its first")
      ->type_name("en|zh");
  verb->add_option("--out", flags->out, "File; default report.FORMAT")->type_name("FILE");
  AddServiceFlags(verb, program.options);
  AddExamples(verb, {"farrell report export latest --format docx --out study.docx"});
  SetRun(verb, program, [flags](Session& session) { return RunExport(session, *flags); });
}

}  // namespace farrell::cli
