// The `farrell` program: verbs, then one run of the verb that was named.

#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <new>
#include <string_view>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/session.h"
#include "common/numeric/abi.h"
#include "common/rpc/server.h"
#include "common/text/utf8.h"

namespace farrell::cli {
namespace {

int Main(int argc, char** argv) {
  PrepareSignals();
  numeric::FixNumericEnvironment();
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument(argv[i]);
    if (text::ValidUtf8Length(argument) == argument.size()) continue;
    PrintNote(fmt::format("error: argument {} is not UTF-8 text", i));
    return kExitInvalid;
  }
  Program program;
  CLI::App app(
      "Farrell: how efficient is each unit of a panel, what is that associated with, and for whom does it differ?",
      "farrell");
  app.set_version_flag("--version", "farrell " FARRELL_VERSION);
  app.require_subcommand(1);
  app.footer(std::string("Example:\n  farrell study run examples/us-states/study.yaml --out build/report\n\n") +
             ExitCodeHelp() + "\n");
  AddUpCommand(app, program);
  AddAdminCommand(app, program);
  AddHealthCommand(app, program);
  AddCacheCommand(app, program);
  AddQuotaCommand(app, program);
  AddDoctorCommand(app, program);
  AddLoadtestCommand(app, program);
  AddDataCommand(app, program);
  AddDeaCommand(app, program);
  AddProductivityCommand(app, program);
  AddNetworkCommand(app, program);
  AddScaleTestCommand(app, program);
  AddOutliersCommand(app, program);
  AddGroupMeansCommand(app, program);
  AddRegressCommand(app, program);
  AddCompareCommand(app, program);
  AddTestCommand(app, program);
  AddCurveCommand(app, program);
  AddSecondStageCommand(app, program);
  AddNowcastCommand(app, program);
  AddEarlyWarningCommand(app, program);
  AddStudyCommand(app, program);
  AddReportCommand(app, program);
  AddScheduleCommand(app, program);
  AddRunCommands(app, program);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitDone : kExitInvalid;
  }

  Session session(program.options);
  const Status status = program.run(session);
  const bool interrupted = session.interrupt().requested();
  if (interrupted && !status.ok()) {
    PrintNote("interrupted");
  } else if (!status.ok()) {
    PrintError(status);
  }
  return ExitCodeOf(status, interrupted);
}

}  // namespace
}  // namespace farrell::cli

int main(int argc, char** argv) {
  try {
    return farrell::cli::Main(argc, argv);
  } catch (const std::bad_alloc&) {
    farrell::cli::PrintNote("error: out of memory");
  } catch (const std::exception& error) {
    farrell::cli::PrintNote(std::string("error: ") + error.what());
  }
  return farrell::cli::kExitFailed;
}
