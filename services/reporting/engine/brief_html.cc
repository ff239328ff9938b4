// The brief as one file that fetches nothing; printed, it is one page of A4.
#include "common/text/number.h"
#include "services/reporting/engine/brief.h"
#include "services/reporting/engine/html_text.h"
#include "services/reporting/engine/report_sections.h"

namespace farrell::reporting {
namespace {

constexpr std::string_view kStyle = R"css(
:root { --green: #00664a; --amber: #8a5a00; --red: #b00020; }
@media screen and (prefers-color-scheme: dark) { :root { --green: #6fd6b0; --amber: #f0c36a; --red: #ff8a95; } }
body { max-width: 54rem; }
main h2 { font-size: 1rem; margin: 1.1rem 0 .2rem; border: 0; padding: 0; }
main p, main li, .method p { max-width: none; }
.headline { font-size: 1.3rem; line-height: 1.35; font-weight: 600; border-left: 4px solid var(--accent); padding-left: .9rem; }
.light { border: 2px solid; border-radius: 4px; padding: .4rem .9rem; margin: 1rem 0; }
.light p, .light li { color: var(--ink); margin: .25rem 0; font-size: .9rem; line-height: 1.4; }
.light ul { margin: .2rem 0; padding-left: 1.1rem; }
.light .mark { margin-right: .4rem; }
.light.green, .green .mark { border-color: var(--green); }
.light.amber, .amber .mark { border-color: var(--amber); }
.light.red, .red .mark { border-color: var(--red); }
.green .mark { color: var(--green); }
.amber .mark { color: var(--amber); }
.red .mark { color: var(--red); }
.pair { display: table; width: 100%; margin: 1rem 0; }
.pair > * { display: table-cell; vertical-align: top; }
.pair figure { width: 60%; margin: 0; padding-right: 1.2rem; }
.pair .table { margin: 0; }
.pair table { min-width: 0; width: 100%; font-size: .8rem; }
.pair tbody th { min-width: 0; }
.pair figure svg { min-width: 0; width: 100%; max-width: 100%; height: auto; }
.method { border: 1px solid var(--thin); padding: .1rem .9rem .4rem; font-size: .85rem; line-height: 1.4; }
footer { margin-top: 1rem; padding-top: .3rem; font-size: .75rem; }
@media (max-width: 40rem) { .pair, .pair > * { display: block; } .pair figure { width: 100%; padding: 0; margin-bottom: 1rem; } }
@media print {
  @page upright { size: A4; margin: 11mm 13mm; }
  body { font-size: 9pt; line-height: 1.35; }
  h1 { font-size: 15pt; margin: 0 0 1mm; }
  .banner { margin: 0 0 1.5mm; padding: .5mm; font-size: 8pt; }
  p { margin: 1.2mm 0; }
  .lead { font-size: 9pt; }
  .headline { font-size: 11.5pt; margin: 1.5mm 0; }
  .light { margin: 2mm 0; padding: .8mm 3mm; }
  .light p, .light li { font-size: 8pt; margin: .5mm 0; }
  .pair { margin: 2mm 0; }
  .pair figure { width: 56%; }
  .pair figure.tall { width: 40%; }
  .pair table, figcaption, caption { font-size: 7.5pt; }
  .notes { font-size: 7pt; margin-top: 1mm; }
  main h2 { font-size: 9.5pt; margin: 2mm 0 0; }
  .limits, .method p { font-size: 8pt; line-height: 1.3; }
  footer { font-size: 7pt; margin-top: 2mm; padding-top: 1mm; border-top-width: 1px; }
  footer p { margin: .5mm 0; }
  footer code { font-size: 6.5pt; }
}
)css";

std::string LightHtml(const BriefContent& brief, const Words& words) {
  std::string html = "<section class=\"light " + LightName(brief.evidence.light) + R"(" id="evidence" aria-label=")" +
                     words("Evidence") + "\">\n<p><span class=\"mark\" aria-hidden=\"true\">" +
                     std::string(LightMark(brief.evidence.light)) + "</span><b>" +
                     EscapeHtml(LightWords(brief.evidence.light, words)) + "</b></p>\n";
  const std::vector<std::string> deciding = DecidingWords(brief.evidence, words);
  if (!deciding.empty()) html += "<ul>\n";
  for (const std::string& text : deciding) html += "<li>" + EscapeHtml(text) + "</li>\n";
  return html + (deciding.empty() ? "" : "</ul>\n") + "</section>\n";
}

// The first `width="…"` or `height="…"` of a drawing.
double Extent(const std::string& svg, const std::string& name) {
  const std::string mark = " " + name + "=\"";
  const std::size_t at = svg.find(mark);
  return at == std::string::npos
             ? 0
             : text::ParseReal(svg.substr(at + mark.size(), svg.find('"', at + mark.size()) - at - mark.size()))
                   .value_or(0);
}

std::string PairHtml(const ReportContent& content, const std::map<std::string, std::string>& svgs) {
  const BriefContent& brief = *content.brief;
  std::string html;
  for (const Figure& figure : content.figures) {
    if (figure.id != brief.figure) continue;
    const auto svg = svgs.find(figure.id);
    const bool tall = svg != svgs.end() && Extent(svg->second, "height") > Extent(svg->second, "width");
    html += std::string(tall ? "<figure class=\"tall\">" : "<figure>") + "\n<figcaption>" + EscapeHtml(figure.title) +
            "</figcaption>\n<div class=\"picture\">\n";
    html += (svg == svgs.end() ? ParagraphHtml(figure.description) : svg->second + "\n") + "</div>\n</figure>\n";
  }
  if (!brief.ranking.columns.empty()) html += RenderHtml(brief.ranking);
  return html.empty() ? html : "<div class=\"pair\">\n" + html + "</div>\n";
}

std::string BriefFooterHtml(const ReportContent& content) {
  std::string html = "<footer>\n" + ParagraphHtml(FrontDataWords(content));
  for (const std::string& line : IdentityLines(content)) html += "<p><code>" + EscapeHtml(line) + "</code></p>\n";
  return html + "</footer>\n";
}

}  // namespace

std::string RenderBriefHtml(const ReportContent& content, const std::map<std::string, std::string>& svgs) {
  const StudyFacts& study = content.study;
  const Words& words = study.words;
  const BriefContent& brief = *content.brief;
  return HeadHtml(content, kStyle) + OpenBodyHtml(content) + "<header>\n<h1>" +
         EscapeHtml(study.title.empty() ? study.id : study.title) + "</h1>\n" + ParagraphHtml(study.question, "lead") +
         "</header>\n<main>\n" + ParagraphHtml(brief.headline, "headline") + ParagraphHtml(brief.compared) +
         LightHtml(brief, words) + PairHtml(content, svgs) + "<h2>" + words("What this does not show") + "</h2>\n" +
         ParagraphHtml(brief.not_shown, "limits") + "<section class=\"method\">\n<h2>" + words("Method") + "</h2>\n" +
         ParagraphHtml(brief.method) + "</section>\n</main>\n" + BriefFooterHtml(content) + "</body>\n</html>\n";
}

}  // namespace farrell::reporting
