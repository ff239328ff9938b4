// The brief for a repository or a chat, without sections.
#include "services/reporting/engine/brief.h"
#include "services/reporting/engine/report_sections.h"

namespace farrell::reporting {

std::string RenderBriefMarkdown(const ReportContent& content) {
  const StudyFacts& study = content.study;
  const Words& words = study.words;
  const BriefContent& brief = *content.brief;
  std::string out;
  const auto add = [&out](const std::string& text) {
    if (!text.empty()) out += text + "\n\n";
  };
  const auto bold = [](const std::string& text) { return "**" + EscapeMarkdown(text) + "**"; };
  add(bold(study.title.empty() ? study.id : study.title));
  if (content.data.synthetic) add("> " + bold(SyntheticStamp(words)));
  add(EscapeMarkdown(study.question));
  add(bold(brief.headline));
  add(EscapeMarkdown(brief.compared));
  add(std::string(LightMark(brief.evidence.light)) + " " + bold(LightWords(brief.evidence.light, words)));
  std::string deciding;
  for (const std::string& text : DecidingWords(brief.evidence, words)) deciding += "- " + EscapeMarkdown(text) + "\n";
  if (!deciding.empty()) out += deciding + "\n";
  for (const Figure& figure : content.figures) {
    if (figure.id == brief.figure) {
      add("![" + EscapeMarkdown(figure.description) + "](" + figure.stem + ".svg)");
      add(EscapeMarkdown(figure.title));
    }
  }
  if (!brief.ranking.columns.empty()) add(RenderMarkdown(brief.ranking));
  add(bold(words("What this does not show.")) + " " + EscapeMarkdown(brief.not_shown));
  add(bold(words("Method")) + " " + EscapeMarkdown(brief.method));
  add(EscapeMarkdown(FrontDataWords(content)));
  for (const std::string& line : IdentityLines(content)) out += "- " + EscapeMarkdown(line) + "\n";
  return out;
}

}  // namespace farrell::reporting
