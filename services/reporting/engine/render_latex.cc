// booktabs and threeparttable; tables longer than a page become a longtable with the same rules.
#include <algorithm>
#include <cstdint>

#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

constexpr std::size_t kLongestOnePage = 44;
// Longer text is set in a column that breaks lines.
constexpr std::size_t kLongestOneLine = 30;

struct Substitute {
  std::string_view from;
  std::string_view to;
};

// Characters outside ASCII that pdfLaTeX does not know by itself and that tables of results use.
constexpr Substitute kSubstitutes[] = {
    {"²", "\\textsuperscript{2}"},
    {"−", "$-$"},
    {"–", "--"},
    {"—", "---"},
    {"×", "$\\times$"},
    {"≤", "$\\leq$"},
    {"≥", "$\\geq$"},
    {"±", "$\\pm$"},
    {"…", "\\dots{}"},
    {"→", "$\\to$"},
    {"‘", "`"},
    {"’", "'"},
    {"“", "``"},
    {"”", "''"},
    {"φ", "$\\varphi$"},
    {"θ", "$\\theta$"},
    {"λ", "$\\lambda$"},
    {"σ", "$\\sigma$"},
    {"Δ", "$\\Delta$"},
    {"β", "$\\beta$"},
    {"·", "$\\cdot$"},
    {"°", "$^{\\circ}$"},
    {"≈", "$\\approx$"},
    {"⋅", "$\\cdot$"},
};

std::string CellLatex(const Cell& cell) {
  if (cell.kind == Cell::Kind::kEmpty || cell.kind == Cell::Kind::kText) return EscapeLatex(CellText(cell));
  Cell bare = cell;
  bare.stars.clear();
  std::string text = CellText(bare);
  std::string out;
  for (const char c : text) {
    if (c == '-') {
      out += "$-$";
    } else if (c == '<') {
      out += "$<$";
    } else {
      out += c;
    }
  }
  // Stars and closing parentheses take no width, so that digits line up in a right-aligned column.
  if (cell.wrap != Cell::Wrap::kNone) {
    const char closing = out.back();
    out.pop_back();
    out += std::string("\\rlap{") + closing + "}";
    // A cell that begins with a bracket would be read as the optional argument of the line break before it.
    if (cell.wrap == Cell::Wrap::kBrackets) out = "{" + out + "}";
  }
  if (!cell.stars.empty()) out += "\\rlap{$^{" + cell.stars + "}$}";
  return out;
}

std::string HeadLatex(const Table& table) {
  std::string out;
  if (!table.spanners.empty()) {
    std::string rules;
    std::size_t column = 0;
    for (const Spanner& spanner : table.spanners) {
      for (; column < spanner.first; ++column) out += " & ";
      const std::size_t width = spanner.last - spanner.first + 1;
      out += " & \\multicolumn{" + std::to_string(width) + "}{c}{" + EscapeLatex(spanner.label) + "}";
      rules += "\\cmidrule(lr){" + std::to_string(spanner.first + 2) + "-" + std::to_string(spanner.last + 2) + "}";
      column = spanner.last + 1;
    }
    for (; column < table.columns.size(); ++column) out += " & ";
    out += " \\\\\n" + rules + "\n";
  }
  out += EscapeLatex(table.stub);
  for (const Column& column : table.columns) {
    out += std::string(" & \\multicolumn{1}{") + (column.text ? "l" : "r") + "}{" + EscapeLatex(column.label) + "}";
  }
  return out + " \\\\\n\\midrule\n";
}

std::string BodyLatex(const Table& table) {
  std::string out;
  bool first = true;
  for (const Panel& panel : table.panels) {
    if (!panel.title.empty()) {
      if (!first) out += "\\addlinespace\n";
      out += "\\multicolumn{" + std::to_string(table.columns.size() + 1) + "}{l}{\\textit{" + EscapeLatex(panel.title) +
             "}} \\\\\n";
    }
    first = false;
    for (const Row& row : panel.rows) {
      if (row.rule_above) out += "\\midrule\n";
      out += EscapeLatex(row.label);
      for (const Cell& cell : row.cells) out += " & " + CellLatex(cell);
      out += " \\\\\n";
    }
  }
  return out;
}

// Empty for a table without title and stamp: it has no number either, then.
std::string Caption(const Table& table) {
  std::string text = EscapeLatex(table.title);
  if (table.synthetic) text += std::string(text.empty() ? "" : " ") + "\\textbf{(SYNTHETIC DATA)}";
  if (text.empty()) return {};
  return "\\caption{" + text + "}" + (table.id.empty() ? "" : "\\label{tab:" + table.id + "}");
}

// LaTeX would count by itself; inside the environment only.
std::string NumberLatex(const Table& table) {
  return table.number.empty() ? std::string() : "\\renewcommand{\\thetable}{" + EscapeLatex(table.number) + "}\n";
}

std::string ColumnSpec(const Table& table) {
  std::string spec = "l";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (!table.columns[i].text) {
      spec += ColumnHangs(table, i) ? "r@{\\hspace{2em}}" : "r";
      continue;
    }
    std::size_t longest = 0;
    for (const Panel& panel : table.panels) {
      for (const Row& row : panel.rows) longest = std::max(longest, row.cells[i].text.size());
    }
    spec += longest > kLongestOneLine ? R"(>{\raggedright\arraybackslash}p{0.24\linewidth})" : "l";
  }
  return spec;
}

std::size_t RowCount(const Table& table) {
  std::size_t count = 0;
  for (const Panel& panel : table.panels) count += panel.rows.size() + (panel.title.empty() ? 0 : 1);
  return count;
}

// Sizes that let wide tables fit the line.
std::string Size(const Table& table) {
  if (table.columns.size() > 8) return R"(\scriptsize\setlength{\tabcolsep}{3pt})";
  if (table.columns.size() > 5) return R"(\footnotesize\setlength{\tabcolsep}{3.5pt})";
  return R"(\small\setlength{\tabcolsep}{5pt})";
}

}  // namespace

std::string EscapeLatex(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    bool replaced = false;
    for (const Substitute& substitute : kSubstitutes) {
      if (text.compare(i, substitute.from.size(), substitute.from) != 0) continue;
      out += substitute.to;
      i += substitute.from.size();
      replaced = true;
      break;
    }
    if (replaced) continue;
    const char c = text[i++];
    switch (c) {
      case '\\': out += "\\textbackslash{}"; break;
      case '{':
      case '}':
      case '$':
      case '&':
      case '#':
      case '%':
      case '_':
        out += '\\';
        out += c;
        break;
      case '~': out += "$\\sim$"; break;
      case '^': out += "\\textasciicircum{}"; break;
      case '<': out += "\\textless{}"; break;
      case '>': out += "\\textgreater{}"; break;
      case '|': out += "\\textbar{}"; break;
      case '"': out += "\\textquotedbl{}"; break;
      default: out += c;
    }
  }
  return out;
}

std::string RenderLatex(const Table& table) {
  std::string notes;
  for (const std::string& note : table.notes) notes += "\\item " + EscapeLatex(note) + "\n";
  const std::string caption = Caption(table);
  std::string out;
  for (const std::string& line : table.provenance) out += "% " + line + "\n";
  if (RowCount(table) > kLongestOnePage) {
    const std::string columns = std::to_string(table.columns.size() + 1);
    out += "{" + Size(table) + "\n" + NumberLatex(table) + "\\begin{longtable}{" + ColumnSpec(table) + "}\n" +
           (caption.empty() ? std::string() : caption + "\\\\\n") + "\\toprule\n" + HeadLatex(table) +
           "\\endfirsthead\n\\caption[]{(continued)}\\\\\n\\toprule\n" + HeadLatex(table) +
           "\\endhead\n\\bottomrule\n\\endfoot\n" + BodyLatex(table) + "\\end{longtable}\n";
    for (const std::string& note : table.notes) out += "\\noindent{\\footnotesize " + EscapeLatex(note) + "\\par}\n";
    return out + "}\n";
  }
  out += "\\begin{table}[H]\n" + NumberLatex(table) + "\\centering\n\\begin{threeparttable}\n" +
         (caption.empty() ? std::string() : caption + "\n") + Size(table) + "\n\\begin{tabular}{" + ColumnSpec(table) +
         "}\n\\toprule\n" + HeadLatex(table) + BodyLatex(table) + "\\bottomrule\n\\end{tabular}\n";
  if (!notes.empty()) out += "\\begin{tablenotes}[flushleft]\\footnotesize\n" + notes + "\\end{tablenotes}\n";
  return out + "\\end{threeparttable}\n\\end{table}\n";
}

}  // namespace farrell::reporting
