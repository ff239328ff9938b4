// Content → files.
#include <algorithm>

#include "services/reporting/engine/render_xlsx.h"
#include "services/reporting/engine/report_sections.h"

namespace farrell::reporting {

Result<std::vector<ReportFile>> RenderReport(const ReportContent& content,
                                             const std::map<std::string, std::string>& svgs) {
  Violations violations;
  for (const Figure& figure : content.figures) {
    if (!svgs.contains(figure.id)) violations.Add("figures." + figure.id, "was not rendered to SVG");
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("FIGURE_NOT_RENDERED", "the report lacks figures"));

  std::vector<ReportFile> files;
  const std::string report = "report" + content.study.file_suffix;
  files.push_back({report + ".html", RenderReportHtml(content, svgs)});
  files.push_back({report + ".md", RenderReportMarkdown(content)});
  files.push_back({report + ".tex", RenderReportLatex(content)});
  files.push_back({report + ".json", RenderReportJson(content)});
  FARRELL_ASSIGN_OR_RETURN(std::string workbook, RenderReportXlsx(content));
  files.push_back({report + ".xlsx", std::move(workbook)});
  if (content.brief) {
    const std::string brief = "brief" + content.study.file_suffix;
    files.push_back({brief + ".html", RenderBriefHtml(content, svgs)});
    files.push_back({brief + ".md", RenderBriefMarkdown(content)});
  }
  // Tables for programs have the same numbers in every language.
  if (content.study.file_suffix.empty()) {
    for (const Table& table : content.tables) {
      files.push_back({"tables/" + FileName(table.id) + ".csv", RenderCsv(table)});
    }
    // Beside the tables, because a CSV file has no place for it.
    const bool taken = std::any_of(content.tables.begin(), content.tables.end(),
                                   [](const Table& table) { return FileName(table.id) == "provenance"; });
    files.push_back(
        {taken ? "tables/provenance_all.csv" : "tables/provenance.csv", RenderCsv(ProvenanceTable(content))});
  }
  for (const Figure& figure : content.figures) {
    files.push_back({figure.stem + ".svg", svgs.at(figure.id) + "\n"});
    files.push_back({figure.stem + ".vl.json", figure.spec});
  }
  std::sort(files.begin(), files.end(), [](const ReportFile& a, const ReportFile& b) { return a.path < b.path; });
  for (std::size_t i = 1; i < files.size(); ++i) {
    if (files[i].path == files[i - 1].path) {
      return InvalidArgument("REPORT_INVALID", "two tables or figures would be written to " + files[i].path +
                                                   "; give them ids that differ in letters, digits, '-' or '_'");
    }
  }
  return files;
}

}  // namespace farrell::reporting
