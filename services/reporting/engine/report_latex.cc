// A document of its own for pdfLaTeX, XeLaTeX or LuaLaTeX. LaTeX reads no SVG by itself: figures are included from
// figures/ID.pdf where that file is, as in the archive of the export "latex", and named where it is not.
#include "common/text/number.h"
#include "services/reporting/engine/report_sections.h"

namespace farrell::reporting {
namespace {

// True when the text holds Chinese, Japanese or Korean characters: three UTF-8 bytes from U+2E80 on.
bool HoldsCjk(const std::string& text) {
  for (std::size_t i = 0; i + 2 < text.size(); ++i) {
    const auto a = static_cast<unsigned char>(text[i]);
    const auto b = static_cast<unsigned char>(text[i + 1]);
    if ((a == 0xE2 && b >= 0xBA) || (a >= 0xE3 && a <= 0xED) || (a == 0xEF && b >= 0xA4)) return true;
  }
  return false;
}

// The first font of a list that the machine has; the last comes with TeX itself.
std::string ChineseFont() {
  std::string out = "\\usepackage{xeCJK}\n";
  std::string close;
  for (const char* font : {"Noto Serif CJK SC", "Source Han Serif SC", "SimSun", "Songti SC", "WenQuanYi Micro Hei"}) {
    out += std::string("\\IfFontExistsTF{") + font + "}{\\setCJKmainfont[AutoFakeBold,AutoFakeSlant]{" + font + "}}{";
    close += "}";
  }
  return out + "\\setCJKmainfont[AutoFakeBold,AutoFakeSlant]{FandolSong-Regular.otf}" + close + "\n";
}

std::string FigureLatex(const Figure& figure, bool synthetic) {
  const std::string& stem = figure.stem;
  return "\\begin{figure}[H]\n\\renewcommand{\\thefigure}{" + std::to_string(figure.number) + "}\n\\caption{" +
         EscapeLatex(figure.title) + (synthetic ? " \\textbf{(SYNTHETIC DATA)}" : "") + "}\\label{fig:" + figure.id +
         "}\n\\centering\n\\IfFileExists{" + stem +
         ".pdf}{\\includegraphics[max width=\\linewidth,"
         "max height=0.8\\textheight]{" +
         stem + ".pdf}}{\\texttt{" + EscapeLatex(stem + ".svg") + "}}\n" +
         (figure.caption.empty()
              ? std::string()
              : "\\par\\medskip\n{\\footnotesize\\raggedright " + EscapeLatex(figure.caption) + "\\par}\n") +
         "\\end{figure}\n\n";
}

std::string Preamble(const ReportContent& content, bool cjk) {
  std::string out;
  for (const std::string& line : ProvenanceLines(content)) out += "% " + line + "\n";
  if (cjk) out += "% Compile with XeLaTeX: the text holds Chinese characters.\n";
  out +=
      "\\documentclass[11pt]{article}\n"
      "\\usepackage[a4paper,margin=22mm]{geometry}\n"
      "\\usepackage{iftex}\n"
      "\\ifPDFTeX\n\\usepackage[utf8]{inputenc}\n\\usepackage[T1]{fontenc}\n\\usepackage{textcomp}\n"
      "\\else\n\\usepackage{fontspec}\n\\fi\n";
  if (cjk) out += ChineseFont();
  if (content.study.words.chinese()) {
    out += "\\AtBeginDocument{\\renewcommand{\\tablename}{表}\\renewcommand{\\figurename}{图}}\n";
  }
  out +=
      "\\usepackage{array,booktabs,siunitx,threeparttable,longtable,caption,float,graphicx,pdflscape}\n"
      "\\usepackage[export]{adjustbox}\n"
      "\\sisetup{table-align-text-pre=false,table-align-text-post=false,group-digits=integer,group-minimum-digits=4,"
      "group-separator={,},retain-zero-uncertainty=true}\n"
      "\\captionsetup{justification=raggedright,singlelinecheck=false}\n";
  const Preset& preset = content.study.preset;
  out += "\\setlength{\\heavyrulewidth}{" + text::FormatSignificant(preset.outer_rule, 3) +
         "pt}\\setlength{\\lightrulewidth}{" + text::FormatSignificant(preset.inner_rule, 3) +
         "pt}\\setlength{\\cmidrulewidth}{" + text::FormatSignificant(preset.inner_rule, 3) + "pt}\n";
  if (content.data.synthetic) {
    out += "\\usepackage{fancyhdr}\n\\pagestyle{fancy}\n\\fancyhf{}\n\\fancyhead[C]{\\textbf{" +
           EscapeLatex(SyntheticStamp(content.study.words)) +
           "}}\n\\fancyfoot[C]{\\thepage}\n\\setlength{\\headheight}{14pt}\n";
  }
  return out;
}

std::string Body(const ReportContent& content) {
  const StudyFacts& study = content.study;
  const Words& words = study.words;
  std::string out = "\\maketitle\n";
  if (content.data.synthetic) out += "\\thispagestyle{fancy}\n";
  if (!study.question.empty()) out += EscapeLatex(study.question) + "\n\n";
  out += "\\noindent\\textit{" + EscapeLatex(FrontDataWords(content)) + "}\n\n";
  if (const std::string answer = AnswerParagraph(content); !answer.empty()) {
    out += "\\section*{" + words("Answer") + "}\n" + EscapeLatex(answer) + "\n\n";
  }
  if (!study.limits.empty())
    out += "\\paragraph{" + words("What this does not show.") + "} " + EscapeLatex(study.limits) + "\n\n";
  if (!content.rules.empty() || !content.warnings.empty()) {
    out += "\\section*{" + words("What a referee would say") + "}\n\\begin{itemize}\n";
    for (const FiredRule& rule : content.rules) {
      out += "\\item \\textbf{" + rule.id + "} (" + SeverityName(rule.severity) + ") " +
             EscapeLatex(RuleText(rule, words)) + "\n";
    }
    for (const WarningFacts& warning : content.warnings) {
      out += "\\item " + EscapeLatex(warning.code) + ", " + EscapeLatex(warning.text) + "\n";
    }
    out += "\\end{itemize}\n\n";
  }
  for (const Section section : kSections) {
    std::string body;
    for (const Table& table : content.tables) {
      if (SectionOfTable(table) != section) continue;
      Table bare = table;
      // Said once at the top of the document.
      bare.provenance.clear();
      body += RenderLatex(bare) + "\n";
    }
    for (const Figure& figure : content.figures) {
      if (SectionOfFigure(figure) != section) continue;
      body += FigureLatex(figure, content.data.synthetic);
    }
    if (!body.empty()) out += "\\section{" + SectionTitle(section, content.study.words) + "}\n" + body;
  }
  if (!content.not_available.empty()) {
    out += "\\section{" + words("Not available") + "}\n\\begin{itemize}\n";
    for (const NotAvailableFacts& entry : content.not_available) {
      out += "\\item \\textbf{" + EscapeLatex(entry.what) + "}: " + EscapeLatex(entry.why) + "\n";
    }
    out += "\\end{itemize}\n";
  }
  out += "\\section*{" + words("Provenance") + "}\n{\\footnotesize\\raggedright\n";
  for (const std::string& line : ProvenanceLines(content)) out += EscapeLatex(line) + "\\\\\n";
  out += EscapeLatex(RepeatParagraph(content)) + "\\\\\n";
  for (const ResultProvenance& result : content.provenance) {
    out += EscapeLatex(result.step + ": " + result.action_key) + "\\\\\n";
  }
  return out + "\\par}\n";
}

}  // namespace

std::string RenderReportLatex(const ReportContent& content) {
  std::string authors;
  for (const std::string& author : content.study.authors)
    authors += (authors.empty() ? "" : " \\and ") + EscapeLatex(author);
  const std::string title = content.study.title.empty() ? content.study.id : content.study.title;
  const std::string body = "\\title{" + EscapeLatex(title) + "}\n\\author{" + authors +
                           "}\n\\date{}\n\\begin{document}\n" + Body(content) + "\\end{document}\n";
  return Preamble(content, HoldsCjk(body)) + body;
}

}  // namespace farrell::reporting
