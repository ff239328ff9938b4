// A finished study → the files of its report.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/reporting/engine/report.h"
#include "services/reporting/service/facts.h"
#include "services/reporting/service/figure_process.h"
#include "services/reporting/service/services.h"
#include "services/reporting/service/step_store.h"

namespace farrell::reporting {

struct BuiltReport {
  // Sorted by path; a function of the study, the data and the engines alone.
  std::vector<ReportFile> files;
  // Digest over paths and bytes.
  std::string digest;
  // The referee rules that fired.
  std::vector<FiredRule> rules;
};

// `draw_again`: figures are drawn even if they are kept. Errors: those of MakeFacts, BuildReport and RenderFigures.
Result<BuiltReport> BuildReportFiles(const FinishedStudy& finished, StepStore& store,
                                     const FigureProcessOptions& figures, bool draw_again, const std::stop_token& stop);

// What a report says of the data themselves: from the snapshot that has every variable and score the rows that the
// study's filter keeps, the points of its
// figures and the groups of its metafrontiers; from the data as imported what its vintages revise.
Status ReadForReport(Services& services, const std::string& snapshot_digest, FinishedStudy& finished,
                     const std::stop_token& stop);

}  // namespace farrell::reporting
