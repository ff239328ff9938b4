// One file: inline style, inline SVG, no script, nothing fetched.
#include <algorithm>

#include "common/text/number.h"
#include "services/reporting/engine/html_text.h"
#include "services/reporting/engine/report_sections.h"
#include "services/reporting/engine/report_style.h"
#include "services/reporting/engine/table_pages.h"

namespace farrell::reporting {
namespace {

std::string RuleWeights(const Preset& preset) {
  return ":root { --outer-rule: " + text::FormatSignificant(preset.outer_rule, 3) +
         "pt; --inner-rule: " + text::FormatSignificant(preset.inner_rule, 3) + "pt; }";
}

std::string FrontHtml(const ReportContent& content) {
  const StudyFacts& study = content.study;
  const Words& words = study.words;
  std::string html = "<header>\n<h1>" + EscapeHtml(study.title.empty() ? study.id : study.title) + "</h1>\n";
  std::string authors;
  for (const std::string& author : study.authors) authors += (authors.empty() ? "" : ", ") + author;
  html += ParagraphHtml(authors, "meta");
  html += ParagraphHtml(study.question, "lead");
  html += ParagraphHtml(FrontDataWords(content), "meta");
  if (const std::string answer = AnswerParagraph(content); !answer.empty()) {
    html += "<div class=\"answer\">\n<h2>" + words("Answer") + "</h2>\n" + ParagraphHtml(answer) + "</div>\n";
  }
  if (!study.limits.empty()) {
    html +=
        "<p class=\"limits\"><b>" + words("What this does not show.") + "</b> " + EscapeHtml(study.limits) + "</p>\n";
  }
  return html + "</header>\n";
}

std::string RuleHtml(const FiredRule& rule, const Words& words) {
  return "<div class=\"rule " + SeverityName(rule.severity) + "\" id=\"" + rule.id + "\"><b>" + rule.id + "</b>" +
         EscapeHtml(RuleText(rule, words)) + "</div>\n";
}

std::string RefereeHtml(const ReportContent& content) {
  const Words& words = content.study.words;
  const std::vector<const FiredRule*> boxed = RulesOf(content, false);
  const std::vector<const FiredRule*> notes = RulesOf(content, true);
  if (boxed.empty() && notes.empty() && content.warnings.empty()) return {};
  std::string html = "<section id=\"referee\">\n<h2>" + words("What a referee would say") + "</h2>\n";
  for (const FiredRule* rule : boxed) html += RuleHtml(*rule, words);
  if (!notes.empty() || !content.warnings.empty()) html += "<ul class=\"plain\">\n";
  for (const FiredRule* rule : notes) {
    html +=
        "<li id=\"" + rule->id + "\">" + words("{1}: {2}", {rule->id, EscapeHtml(RuleText(*rule, words))}) + "</li>\n";
  }
  for (const WarningFacts& warning : content.warnings) {
    html += "<li>" + EscapeHtml(words.Clauses({warning.code, warning.text})) + "</li>\n";
  }
  if (!notes.empty() || !content.warnings.empty()) html += "</ul>\n";
  return html + "</section>\n";
}

std::string FigureHtml(const Figure& figure, const std::map<std::string, std::string>& svgs, bool synthetic,
                       const Words& words) {
  std::string html = "<figure id=\"figure-" + EscapeHtml(figure.id) + "\">\n<figcaption><b>" +
                     NumberedFigure(figure, words) + "</b> " + EscapeHtml(figure.title);
  if (synthetic) html += " <span class=\"stamp\">" + ShortStamp(words) + "</span>";
  html += "</figcaption>\n" + ScrollHtml("picture", figure.title) + "\n";
  const auto svg = svgs.find(figure.id);
  html += svg == svgs.end() ? ParagraphHtml(figure.description) : svg->second + "\n";
  html += "</div>\n";
  if (!figure.caption.empty()) html += "<div class=\"notes\">" + ParagraphHtml(figure.caption) + "</div>\n";
  Table data = figure.data;
  data.id = "data-" + figure.id;
  return html + "<details>\n<summary>" + words("The numbers of figure {1}", {std::to_string(figure.number)}) +
         "</summary>\n" + RenderHtml(data) + "</details>\n</figure>\n";
}

// A heading stands on the page of what follows it.
std::string SectionHeadHtml(const ReportContent& content, Section section) {
  const auto first = std::find_if(content.tables.begin(), content.tables.end(),
                                  [section](const Table& table) { return SectionOfTable(table) == section; });
  std::string classes;
  if (first != content.tables.end() && PagesOf(*first).landscape) classes = "wide";
  if (first != content.tables.end() && IsLong(*first)) classes += classes.empty() ? "long" : " long";
  return "<h2" + (classes.empty() ? "" : " class=\"" + classes + "\"") + ">" +
         SectionTitle(section, content.study.words) + "</h2>\n";
}

bool HasContent(const ReportContent& content, Section section) {
  return std::any_of(content.tables.begin(), content.tables.end(),
                     [section](const Table& table) { return SectionOfTable(table) == section; }) ||
         std::any_of(content.figures.begin(), content.figures.end(),
                     [section](const Figure& figure) { return SectionOfFigure(figure) == section; });
}

std::string NavigationHtml(const ReportContent& content) {
  const Words& words = content.study.words;
  std::string html = "<nav aria-label=\"" + words("Contents") + "\">";
  for (const Section section : kSections) {
    if (!HasContent(content, section)) continue;
    html += "<a href=\"#" + SectionAnchor(section) + "\">" + SectionTitle(section, content.study.words) + "</a>";
  }
  if (!content.not_available.empty()) html += "<a href=\"#not-available\">" + words("Not available") + "</a>";
  return html + "<a href=\"#provenance\">" + words("Provenance") + "</a></nav>\n";
}

std::string NotAvailableHtml(const ReportContent& content) {
  if (content.not_available.empty()) return {};
  const Words& words = content.study.words;
  std::string html = "<section id=\"not-available\">\n<h2>" + words("Not available") + "</h2>\n<ul>\n";
  for (const NotAvailableFacts& entry : content.not_available) {
    html += "<li>" + words("{1}: {2}", {"<b>" + EscapeHtml(entry.what) + "</b>", EscapeHtml(entry.why)}) + "</li>\n";
  }
  return html + "</ul>\n</section>\n";
}

std::string FooterHtml(const ReportContent& content) {
  const Words& words = content.study.words;
  std::string html = "<footer id=\"provenance\">\n<h2>" + words("Provenance") + "</h2>\n";
  for (const std::string& line : ProvenanceLines(content)) html += "<p><code>" + EscapeHtml(line) + "</code></p>\n";
  if (!content.data.source.empty()) html += ParagraphHtml(words("Source: {1}", {content.data.source}));
  if (!content.data.citation.empty()) html += ParagraphHtml(content.data.citation);
  if (!content.data.where.empty()) html += ParagraphHtml(words("Rows: {1}", {content.data.where}));
  html += ParagraphHtml(RepeatParagraph(content));
  if (!content.provenance.empty()) html += RenderHtml(ProvenanceTable(content));
  return html + "</footer>\n";
}

}  // namespace

std::string HeadHtml(const ReportContent& content, std::string_view more_style) {
  return "<!DOCTYPE html>\n<html lang=\"" + EscapeHtml(content.study.words.language()) +
         "\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
         "img-src data:\">\n"
         "<title>" +
         EscapeHtml(content.study.title) + "</title>\n<style>" + RuleWeights(content.study.preset) +
         std::string(ReportStyleSheet()) + std::string(more_style) + "</style>\n</head>\n";
}

std::string OpenBodyHtml(const ReportContent& content) {
  if (!content.data.synthetic) return "<body>\n";
  const Words& words = content.study.words;
  return R"(<body class="synthetic">
<div class="banner" role="note">)" +
         SyntheticStamp(words) + "</div>\n<div class=\"watermark\" aria-hidden=\"true\">" + ShortStamp(words) +
         "</div>\n";
}

std::string RenderReportHtml(const ReportContent& content, const std::map<std::string, std::string>& svgs) {
  const Words& words = content.study.words;
  const bool synthetic = content.data.synthetic;
  std::string html = HeadHtml(content) + OpenBodyHtml(content);
  html += FrontHtml(content) + NavigationHtml(content) + "<main>\n" + RefereeHtml(content);
  for (const Section section : kSections) {
    if (!HasContent(content, section)) continue;
    html += "<section id=\"" + SectionAnchor(section) + "\">\n" + SectionHeadHtml(content, section);
    for (const Table& table : content.tables) {
      if (SectionOfTable(table) == section) html += RenderHtml(table);
    }
    for (const Figure& figure : content.figures) {
      if (SectionOfFigure(figure) == section) html += FigureHtml(figure, svgs, synthetic, words);
    }
    html += "</section>\n";
  }
  html += NotAvailableHtml(content) + "</main>\n" + FooterHtml(content);
  return html + "</body>\n</html>\n";
}

}  // namespace farrell::reporting
