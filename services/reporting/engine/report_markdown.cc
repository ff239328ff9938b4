// The report for a repository or a chat: GitHub-flavoured Markdown with figures as files beside it.
#include "services/reporting/engine/report_sections.h"

namespace farrell::reporting {
namespace {

std::string FrontMarkdown(const ReportContent& content) {
  const StudyFacts& study = content.study;
  std::string out = "# " + EscapeMarkdown(study.title.empty() ? study.id : study.title) + "\n\n";
  if (content.data.synthetic) out += "> **" + EscapeMarkdown(kSyntheticStamp) + "**\n\n";
  std::string authors;
  for (const std::string& author : study.authors) authors += (authors.empty() ? "" : ", ") + author;
  if (!authors.empty()) out += EscapeMarkdown(authors) + "\n\n";
  if (!study.question.empty()) out += EscapeMarkdown(study.question) + "\n\n";
  out += "*" + EscapeMarkdown(DataWords(content)) + ".*";
  if (!content.data.citation.empty()) out += " " + EscapeMarkdown(content.data.citation);
  out += "\n\n";
  if (const std::string answer = AnswerParagraph(content); !answer.empty()) {
    out += "## Answer\n\n" + EscapeMarkdown(answer) + "\n\n";
  }
  if (!study.limits.empty()) out += "**What this does not show.** " + EscapeMarkdown(study.limits) + "\n\n";
  return out;
}

std::string RefereeMarkdown(const ReportContent& content) {
  if (content.rules.empty() && content.warnings.empty()) return {};
  std::string out = "## What a referee would say\n\n";
  for (const FiredRule& rule : content.rules) {
    out += "- **" + rule.id + "** (" + SeverityName(rule.severity) + ") " + EscapeMarkdown(rule.text) + " " + rule.zh +
           "\n";
  }
  for (const WarningFacts& warning : content.warnings) {
    out += "- " + EscapeMarkdown(warning.code) + ", " + EscapeMarkdown(warning.text) + "\n";
  }
  return out + "\n";
}

std::string FigureMarkdown(const Figure& figure, bool synthetic) {
  std::string out = "**Figure " + std::to_string(figure.number) + ".** " + EscapeMarkdown(figure.title);
  if (synthetic) out += " **(SYNTHETIC DATA)**";
  const std::string file = FileName(figure.id);
  out += "\n\n![" + EscapeMarkdown(figure.description) + "](figures/" + file + ".svg)\n\n";
  if (!figure.caption.empty()) out += EscapeMarkdown(figure.caption) + " ";
  return out + "Specification with its data: `figures/" + file + ".vl.json`.\n\n";
}

}  // namespace

std::string RenderReportMarkdown(const ReportContent& content) {
  std::string out = FrontMarkdown(content) + RefereeMarkdown(content);
  for (const Section section : kSections) {
    std::string body;
    for (const Table& table : content.tables) {
      if (SectionOfTable(table) == section) body += RenderMarkdown(table) + "\n";
    }
    for (const Figure& figure : content.figures) {
      if (SectionOfFigure(figure) == section) body += FigureMarkdown(figure, content.data.synthetic);
    }
    if (!body.empty()) out += "## " + SectionTitle(section, content.study.words) + "\n\n" + body;
  }
  if (!content.not_available.empty()) {
    out += "## Not available\n\n";
    for (const NotAvailableFacts& entry : content.not_available) {
      out += "- **" + EscapeMarkdown(entry.what) + "**: " + EscapeMarkdown(entry.why) + "\n";
    }
    out += "\n";
  }
  out += "## Provenance\n\n";
  for (const std::string& line : ProvenanceLines(content)) out += "- " + EscapeMarkdown(line) + "\n";
  if (!content.data.source.empty()) out += "- Source: " + EscapeMarkdown(content.data.source) + "\n";
  if (!content.data.where.empty()) out += "- Rows: " + EscapeMarkdown(content.data.where) + "\n";
  out += "\n";
  Table provenance = ProvenanceTable(content);
  provenance.synthetic = false;
  if (!content.provenance.empty()) out += RenderMarkdown(provenance);
  return out;
}

}  // namespace farrell::reporting
