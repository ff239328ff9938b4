// The report: facts → content (tables, figures, rules, sentences) → files. The caller renders the figures'
// specifications to SVG in between (services/reporting/service/figure_process.h).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/reporting/engine/brief.h"
#include "services/reporting/engine/facts.h"
#include "services/reporting/engine/figure.h"
#include "services/reporting/engine/rules.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {

// A sentence as printed, or refused by a rule.
struct PrintedClaim {
  std::string id;
  std::string text;
  // Rule that refused it; empty: printed.
  std::string refused_by;
  // Why it was refused.
  std::string reason;
};

struct ReportContent {
  StudyFacts study;
  DataFacts data;
  std::vector<PrintedClaim> claims;
  std::vector<FiredRule> rules;
  // Warnings of the engines, "step: text", without repeats.
  std::vector<WarningFacts> warnings;
  // The study's tables, then the generated ones (inference of every printed regression).
  std::vector<Table> tables;
  std::vector<Figure> figures;
  std::vector<NotAvailableFacts> not_available;
  std::vector<ResultProvenance> provenance;
  std::optional<BriefContent> brief;
};

struct ReportFile {
  // "report.html", "report.md", "report.tex", "report.json", "report.xlsx", "tables/ID.csv", "tables/provenance.csv",
  // "figures/ID.svg", "figures/ID.vl.json", with a brief "brief.html" and "brief.md"; of a further language
  // "report.zh.html", "figures/ID.zh.svg", … and no tables.
  std::string path;
  std::string bytes;
};

// Errors: INVALID_ARGUMENT REPORT_INVALID with every table, figure and claim that cannot be built and why, as
// "tables.ID", "figures.ID", "claims.ID".
Result<ReportContent> BuildReport(const ReportFacts& facts);

// Files sorted by path. `svgs`: figure id → SVG text; a figure without one is INVALID_ARGUMENT FIGURE_NOT_RENDERED.
Result<std::vector<ReportFile>> RenderReport(const ReportContent& content,
                                             const std::map<std::string, std::string>& svgs);

// The documents alone.
std::string RenderReportHtml(const ReportContent& content, const std::map<std::string, std::string>& svgs);
std::string RenderReportMarkdown(const ReportContent& content);
std::string RenderReportLatex(const ReportContent& content);
std::string RenderReportJson(const ReportContent& content);

}  // namespace farrell::reporting
