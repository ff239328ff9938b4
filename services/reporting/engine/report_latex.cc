// A document of its own for pdfLaTeX, XeLaTeX or LuaLaTeX. Figures are named, not included: LaTeX reads no SVG by
// itself.
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
  if (cjk) out += "\\usepackage{xeCJK}\n";
  out +=
      "\\usepackage{array,booktabs,threeparttable,longtable,caption,float}\n\\captionsetup{justification=raggedright,"
      "singlelinecheck=false}\n";
  if (content.data.synthetic) {
    out += "\\usepackage{fancyhdr}\n\\pagestyle{fancy}\n\\fancyhf{}\n\\fancyhead[C]{\\textbf{" +
           EscapeLatex(kSyntheticStamp) + "}}\n\\fancyfoot[C]{\\thepage}\n\\setlength{\\headheight}{14pt}\n";
  }
  return out;
}

std::string Body(const ReportContent& content) {
  const StudyFacts& study = content.study;
  std::string out = "\\maketitle\n";
  if (content.data.synthetic) out += "\\thispagestyle{fancy}\n";
  if (!study.question.empty()) out += EscapeLatex(study.question) + "\n\n";
  out += "\\noindent\\textit{" + EscapeLatex(DataWords(content)) + ".} " + EscapeLatex(content.data.citation) + "\n\n";
  if (const std::string answer = AnswerParagraph(content); !answer.empty()) {
    out += "\\section*{Answer}\n" + EscapeLatex(answer) + "\n\n";
  }
  if (!study.limits.empty()) out += "\\paragraph{What this does not show.} " + EscapeLatex(study.limits) + "\n\n";
  if (!content.rules.empty() || !content.warnings.empty()) {
    out += "\\section*{What a referee would say}\n\\begin{itemize}\n";
    for (const FiredRule& rule : content.rules) {
      out += "\\item \\textbf{" + rule.id + "} (" + SeverityName(rule.severity) + ") " + EscapeLatex(rule.text) + "\n";
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
      body += "\\paragraph{Figure " + std::to_string(figure.number) + ".} " + EscapeLatex(figure.title) + ". " +
              EscapeLatex(figure.caption) + " File: \\texttt{" +
              EscapeLatex("figures/" + FileName(figure.id) + ".svg") + "}.\n\n";
    }
    if (!body.empty()) out += "\\section{" + SectionTitle(section, content.study.words) + "}\n" + body;
  }
  if (!content.not_available.empty()) {
    out += "\\section{Not available}\n\\begin{itemize}\n";
    for (const NotAvailableFacts& entry : content.not_available) {
      out += "\\item \\textbf{" + EscapeLatex(entry.what) + "}: " + EscapeLatex(entry.why) + "\n";
    }
    out += "\\end{itemize}\n";
  }
  out += "\\section*{Provenance}\n{\\footnotesize\\raggedright\n";
  for (const std::string& line : ProvenanceLines(content)) out += EscapeLatex(line) + "\\\\\n";
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
