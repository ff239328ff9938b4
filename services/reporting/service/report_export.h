// A finished report as one document. What a run always writes is handed out as it is; the others cost seconds, so they
// are made by a side process when first asked for and kept in the store under (report digest, format, language,
// writer).
#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/reporting/service/figure_process.h"
#include "services/reporting/service/step_store.h"

namespace farrell::reporting {

struct ExportOptions {
  // Node, and render.mjs with document.mjs beside it.
  FigureProcessOptions figures;
  std::string weasyprint = "weasyprint";
  std::string rsvg_convert = "rsvg-convert";
  // Of one side process.
  std::chrono::milliseconds timeout{120000};
};

struct ExportSource {
  // The run's files and the digest over them.
  const std::vector<StoredFile>& files;
  std::string report_digest;
};

// `format`: "html", "md", "tex", "json", "xlsx", "docx", "pdf", or "latex": a ZIP file of report.tex with its figures
// as PDF. `language`: empty for the first of the report. The same report gives the same bytes with the same programs.
// Errors: INVALID_ARGUMENT FORMAT_UNKNOWN, LANGUAGE_UNKNOWN; FAILED_PRECONDITION EXPORT_UNAVAILABLE (names the package
// that is missing), REPORT_OUTDATED; INTERNAL EXPORT_FAILED; CANCELLED; DEADLINE_EXCEEDED.
Result<std::string> ExportReport(StepStore& store, const ExportOptions& options, const ExportSource& source,
                                 const std::string& format, const std::string& language, const std::stop_token& stop);

}  // namespace farrell::reporting
