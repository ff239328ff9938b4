// The report for a repository or a chat: GitHub-flavoured Markdown with figures as files beside it.
#include "services/reporting/engine/report_sections.h"

namespace farrell::reporting {
namespace {

std::string FrontMarkdown(const ReportContent& content) {
  const StudyFacts& study = content.study;
  const Words& words = study.words;
  std::string out = "# " + EscapeMarkdown(study.title.empty() ? study.id : study.title) + "\n\n";
  if (content.data.synthetic) out += "> **" + EscapeMarkdown(SyntheticStamp(words)) + "**\n\n";
  std::string authors;
  for (const std::string& author : study.authors) authors += (authors.empty() ? "" : ", ") + author;
  if (!authors.empty()) out += EscapeMarkdown(authors) + "\n\n";
  if (!study.question.empty()) out += EscapeMarkdown(study.question) + "\n\n";
  out += "*" + EscapeMarkdown(FrontDataWords(content)) + "*\n\n";
  if (const std::string answer = AnswerParagraph(content); !answer.empty()) {
    out += "## " + words("Answer") + "\n\n" + EscapeMarkdown(answer) + "\n\n";
  }
  if (!study.limits.empty())
    out += "**" + words("What this does not show.") + "** " + EscapeMarkdown(study.limits) + "\n\n";
  return out;
}

std::string RefereeMarkdown(const ReportContent& content) {
  if (content.rules.empty() && content.warnings.empty()) return {};
  const Words& words = content.study.words;
  std::string out = "## " + words("What a referee would say") + "\n\n";
  for (const FiredRule& rule : content.rules) {
    out += "- **" + rule.id + "** (" + SeverityWord(rule.severity, words) + ") " +
           EscapeMarkdown(RuleText(rule, words)) + "\n";
  }
  for (const WarningFacts& warning : content.warnings) {
    out += "- " + EscapeMarkdown(words.Clauses({warning.code, warning.text})) + "\n";
  }
  return out + "\n";
}

std::string FigureMarkdown(const Figure& figure, bool synthetic, const Words& words) {
  std::string out = "**" + NumberedFigure(figure, words) + "** " + EscapeMarkdown(figure.title);
  if (synthetic) out += " **(" + ShortStamp(words) + ")**";
  out += "\n\n![" + EscapeMarkdown(figure.description) + "](" + figure.stem + ".svg)\n\n";
  if (!figure.caption.empty()) out += EscapeMarkdown(figure.caption) + " ";
  return out + words("Specification with its data: {1}.", {"`" + figure.stem + ".vl.json`"}) + "\n\n";
}

}  // namespace

std::string RenderReportMarkdown(const ReportContent& content) {
  const Words& words = content.study.words;
  std::string out = FrontMarkdown(content) + RefereeMarkdown(content);
  for (const Section section : kSections) {
    std::string body;
    for (const Table& table : content.tables) {
      if (SectionOfTable(table) == section) body += RenderMarkdown(table) + "\n";
    }
    for (const Figure& figure : content.figures) {
      if (SectionOfFigure(figure) == section) body += FigureMarkdown(figure, content.data.synthetic, words);
    }
    if (!body.empty()) out += "## " + SectionTitle(section, content.study.words) + "\n\n" + body;
  }
  if (!content.not_available.empty()) {
    out += "## " + words("Not available") + "\n\n";
    for (const NotAvailableFacts& entry : content.not_available) {
      out += "- " + words("{1}: {2}", {"**" + EscapeMarkdown(entry.what) + "**", EscapeMarkdown(entry.why)}) + "\n";
    }
    out += "\n";
  }
  out += "## " + words("Provenance") + "\n\n";
  for (const std::string& line : ProvenanceLines(content)) out += "- " + EscapeMarkdown(line) + "\n";
  if (!content.data.source.empty()) out += "- " + words("Source: {1}", {EscapeMarkdown(content.data.source)}) + "\n";
  if (!content.data.where.empty()) out += "- " + words("Rows: {1}", {EscapeMarkdown(content.data.where)}) + "\n";
  out += "\n" + EscapeMarkdown(RepeatParagraph(content)) + "\n\n";
  Table provenance = ProvenanceTable(content);
  provenance.synthetic = false;
  if (!content.provenance.empty()) out += RenderMarkdown(provenance);
  return out;
}

}  // namespace farrell::reporting
