// The verbs of `farrell`, mostly one file each: every function adds its verb to the program.
#pragma once

#include "cli/options.h"

namespace CLI {
class App;
}

namespace farrell::cli {

// `farrell admin`: what operators do; each part adds its verbs to it.
void AddAdminCommand(CLI::App& app, Program& program);
void AddTokenCommands(CLI::App& admin, Program& program);
void AddAuditCommands(CLI::App& admin, Program& program);

void AddUpCommand(CLI::App& app, Program& program);
void AddHealthCommand(CLI::App& app, Program& program);
void AddCacheCommand(CLI::App& app, Program& program);
void AddQuotaCommand(CLI::App& app, Program& program);
void AddDoctorCommand(CLI::App& app, Program& program);
void AddLoadtestCommand(CLI::App& app, Program& program);
void AddDataCommand(CLI::App& app, Program& program);
void AddDeaCommand(CLI::App& app, Program& program);
void AddProductivityCommand(CLI::App& app, Program& program);
void AddNetworkCommand(CLI::App& app, Program& program);
void AddScaleTestCommand(CLI::App& app, Program& program);
void AddOutliersCommand(CLI::App& app, Program& program);
void AddGroupMeansCommand(CLI::App& app, Program& program);
void AddRegressCommand(CLI::App& app, Program& program);
void AddCompareCommand(CLI::App& app, Program& program);
void AddTestCommand(CLI::App& app, Program& program);
void AddCurveCommand(CLI::App& app, Program& program);
void AddNowcastCommand(CLI::App& app, Program& program);
void AddEarlyWarningCommand(CLI::App& app, Program& program);
void AddSecondStageCommand(CLI::App& app, Program& program);
void AddStudyCommand(CLI::App& app, Program& program);
void AddReportCommand(CLI::App& app, Program& program);
void AddScheduleCommand(CLI::App& app, Program& program);
// `farrell run` and `farrell publications`.
void AddRunCommands(CLI::App& app, Program& program);

}  // namespace farrell::cli
