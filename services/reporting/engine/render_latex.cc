// booktabs, siunitx and threeparttable; tables longer than a page become a longtable with the same rules.
#include <algorithm>
#include <cstdint>

#include "common/text/display.h"
#include "common/text/number.h"
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

// In characters, a Chinese one counting two.
std::size_t WidestCell(const Table& table, std::size_t column) {
  std::size_t widest = 0;
  for (const Panel& panel : table.panels) {
    for (const Row& row : panel.rows) {
      if (column < row.cells.size()) widest = std::max(widest, text::DisplayWidth(CellText(row.cells[column])));
    }
  }
  return widest;
}

bool IsReal(const Cell& cell) { return cell.kind == Cell::Kind::kReal && !text::FormatFixed(cell.real, 0).empty(); }

// True when siunitx aligns the column's numbers at their point. A column of counts and texts is set as it stands.
bool AlignsAtPoint(const Table& table, std::size_t column) {
  if (table.columns[column].text) return false;
  for (const Panel& panel : table.panels) {
    for (const Row& row : panel.rows) {
      if (column < row.cells.size() && IsReal(row.cells[column])) return true;
    }
  }
  return false;
}

// In braces where siunitx would read it as a number and fail.
std::string Guarded(const std::string& text, bool aligned) {
  return aligned && !text.empty() ? "{" + text + "}" : text;
}

// `aligned`: in a column of siunitx, where what stands in braces before and after a number takes part in no alignment.
std::string CellLatex(const Cell& cell, bool aligned) {
  if (cell.kind == Cell::Kind::kEmpty) return {};
  if (cell.kind == Cell::Kind::kText) return Guarded(EscapeLatex(CellText(cell)), aligned);
  Cell bare = cell;
  bare.stars.clear();
  bare.wrap = Cell::Wrap::kNone;
  const std::string number = CellText(bare);
  std::string open;
  std::string close;
  if (cell.wrap == Cell::Wrap::kParentheses) open = "(", close = ")";
  if (cell.wrap == Cell::Wrap::kBrackets) open = "[", close = "]";
  if (!cell.stars.empty()) close += "$^{" + cell.stars + "}$";
  if (!aligned || !IsReal(cell) || number.front() == '<') {
    std::string text = open;
    for (const char c : number) text += c == '-' ? "$-$" : c == '<' ? "$<$" : std::string(1, c);
    // A cell that begins with a bracket would be read as the optional argument of the line break before it.
    return "{" + text + close + "}";
  }
  return (open.empty() ? "" : "{" + open + "}") + number + (close.empty() ? "" : "{" + close + "}");
}

// A head wider than its column in two lines, broken at the blank nearest its middle.
std::string ColumnHead(const Table& table, std::size_t column) {
  const std::string& label = table.columns[column].label;
  const std::size_t room = std::max<std::size_t>(WidestCell(table, column), 8);
  if (label.size() <= room) return EscapeLatex(label);
  std::size_t best = std::string::npos;
  const auto off = [&](std::size_t at) {
    return at > label.size() / 2 ? at - label.size() / 2 : label.size() / 2 - at;
  };
  for (std::size_t at = label.find(' '); at != std::string::npos; at = label.find(' ', at + 1)) {
    if (best == std::string::npos || off(at) < off(best)) best = at;
  }
  if (best == std::string::npos) return EscapeLatex(label);
  return std::string("\\shortstack") + (table.columns[column].text ? "[l]" : "") + "{" +
         EscapeLatex(label.substr(0, best)) + "\\\\" + EscapeLatex(label.substr(best + 1)) + "}";
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
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    out +=
        std::string(" & \\multicolumn{1}{") + (table.columns[i].text ? "l" : "c") + "}{" + ColumnHead(table, i) + "}";
  }
  return out + " \\\\\n\\midrule\n";
}

std::string BodyLatex(const Table& table) {
  std::string out;
  bool first = true;
  std::vector<bool> aligned;
  for (std::size_t i = 0; i < table.columns.size(); ++i) aligned.push_back(AlignsAtPoint(table, i));
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
      for (std::size_t i = 0; i < row.cells.size(); ++i) out += " & " + CellLatex(row.cells[i], aligned[i]);
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

// Room that numbers aligned at their point need: the widest of the column may be wide before it and others after it.
struct Room {
  std::size_t digits = 1;
  std::size_t decimals = 0;
  bool negative = false;
  bool opens = false;
  std::string tail;
};

Room RoomOf(const Table& table, std::size_t column) {
  Room room;
  for (const Panel& panel : table.panels) {
    for (const Row& row : panel.rows) {
      if (column >= row.cells.size() || !IsReal(row.cells[column])) continue;
      const Cell& cell = row.cells[column];
      Cell bare = cell;
      bare.stars.clear();
      bare.wrap = Cell::Wrap::kNone;
      const std::string number = CellText(bare);
      if (number.front() == '<') continue;
      const std::size_t point = std::min(number.find('.'), number.size());
      room.negative |= number.front() == '-';
      room.digits = std::max(room.digits, point - (number.front() == '-' ? 1 : 0));
      room.decimals = std::max(room.decimals, number.size() - std::min(number.size(), point + 1));
      room.opens |= cell.wrap != Cell::Wrap::kNone;
      const std::string tail = (cell.wrap == Cell::Wrap::kNone ? "" : ")") + cell.stars;
      if (tail.size() > room.tail.size()) room.tail = tail;
    }
  }
  return room;
}

std::size_t AlignedWidth(const Table& table, std::size_t column) {
  const Room room = RoomOf(table, column);
  return std::max(WidestCell(table, column), room.digits + room.decimals + 1 + (room.negative ? 1U : 0U) +
                                                 (room.opens ? 1U : 0U) + room.tail.size());
}

// "S[table-format=-2.3, …]": room for the widest number of the column and for what hangs at its sides.
std::string NumberColumn(const Table& table, std::size_t column) {
  const Room room = RoomOf(table, column);
  std::string tail = room.tail;
  if (const std::size_t stars = tail.find('*'); stars != std::string::npos) {
    tail = tail.substr(0, stars) + "$^{" + tail.substr(stars) + "}$";
  }
  return "S[table-format=" + std::string(room.negative ? "-" : "") + std::to_string(room.digits) +
         (room.decimals > 0 ? "." + std::to_string(room.decimals) : std::string()) +
         (room.opens ? ", table-space-text-pre={(}" : "") +
         (tail.empty() ? "" : ", table-space-text-post={" + tail + "}") + "]";
}

std::string ColumnSpec(const Table& table) {
  std::string spec = "l";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (!table.columns[i].text) {
      spec += AlignsAtPoint(table, i) ? NumberColumn(table, i) : "r";
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

// How a table fits the page: the size of its letters, and whether the page lies on its side.
struct Fit {
  std::string size;
  bool landscape = false;
};

Fit FitOf(const Table& table) {
  struct Step {
    const char* size;
    // Points of a character, and between two columns.
    double character;
    double gap;
  };
  static constexpr Step kSteps[] = {{R"(\small\setlength{\tabcolsep}{5pt})", 5.0, 10},
                                    {R"(\footnotesize\setlength{\tabcolsep}{3.5pt})", 4.5, 7},
                                    {R"(\scriptsize\setlength{\tabcolsep}{3pt})", 4.0, 6},
                                    {R"(\tiny\setlength{\tabcolsep}{2pt})", 3.2, 4}};
  // A4 with the margins of the document, in points.
  constexpr double kUpright = 470;
  constexpr double kOnItsSide = 715;
  for (const bool landscape : {false, true}) {
    const double room = landscape ? kOnItsSide : kUpright;
    for (const Step& step : kSteps) {
      // The smallest letters are for tables that fit no other way.
      if (!landscape && &step == &kSteps[3]) break;
      std::size_t stub = text::DisplayWidth(table.stub);
      for (const Panel& panel : table.panels) {
        for (const Row& row : panel.rows) stub = std::max(stub, text::DisplayWidth(row.label));
      }
      double width = static_cast<double>(stub) * step.character;
      for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const std::size_t cell = AlignsAtPoint(table, i) ? AlignedWidth(table, i) : WidestCell(table, i);
        std::size_t widest = cell;
        const std::string& label = table.columns[i].label;
        const std::size_t head = text::DisplayWidth(label);
        widest = std::max(widest, label.find(' ') == std::string::npos || head <= std::max<std::size_t>(cell, 8)
                                      ? head
                                      : head * 3 / 5);
        const double wide = static_cast<double>(widest) * step.character;
        width += step.gap + (table.columns[i].text && cell > kLongestOneLine ? 0.24 * room : wide);
      }
      if (width <= room) return {step.size, landscape};
    }
  }
  return {kSteps[3].size, true};
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
  const std::string caption = Caption(table);
  const Fit fit = FitOf(table);
  std::string out;
  for (const std::string& line : table.provenance) out += "% " + line + "\n";
  if (fit.landscape) out += "\\begin{landscape}\n";
  if (RowCount(table) > kLongestOnePage) {
    out += "{" + fit.size + "\n" + NumberLatex(table) + "\\begin{longtable}{" + ColumnSpec(table) + "}\n" +
           (caption.empty() ? std::string() : caption + "\\\\\n") + "\\toprule\n" + HeadLatex(table) +
           "\\endfirsthead\n\\caption[]{" + table.words("(continued)") + "}\\\\\n\\toprule\n" + HeadLatex(table) +
           "\\endhead\n\\bottomrule\n\\endfoot\n" + BodyLatex(table) + "\\end{longtable}\n";
    for (const std::string& note : PrintedNotes(table))
      out += "\\noindent{\\footnotesize " + EscapeLatex(note) + "\\par}\n";
    out += "}\n";
  } else {
    std::string notes;
    for (const std::string& note : PrintedNotes(table)) notes += "\\item " + EscapeLatex(note) + "\n";
    out += "\\begin{table}[H]\n" + NumberLatex(table) + "\\centering\n\\begin{threeparttable}\n" +
           (caption.empty() ? std::string() : caption + "\n") + fit.size + "\n\\begin{tabular}{" + ColumnSpec(table) +
           "}\n\\toprule\n" + HeadLatex(table) + BodyLatex(table) + "\\bottomrule\n\\end{tabular}\n";
    if (!notes.empty()) out += "\\begin{tablenotes}[flushleft]\\footnotesize\n" + notes + "\\end{tablenotes}\n";
    out += "\\end{threeparttable}\n\\end{table}\n";
  }
  if (fit.landscape) out += "\\end{landscape}\n";
  return out;
}

}  // namespace farrell::reporting
