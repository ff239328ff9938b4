#include "services/reporting/engine/render_xlsx.h"

#include <algorithm>
#include <cmath>

#include "common/text/display.h"
#include "services/reporting/engine/report_sections.h"
#include "services/reporting/engine/xlsx_workbook.h"

namespace farrell::reporting {
namespace {

using Border = CellLook::Rule;

constexpr std::string_view kLatinFont = "Calibri";
// Excel in Chinese has it, and LibreOffice falls back to any font with the characters.
constexpr std::string_view kChineseFont = "SimSun";
// The largest whole number up to which a double holds every one.
constexpr std::int64_t kLargestCount = std::int64_t{1} << 53;
constexpr double kNarrowest = 9;
constexpr double kWidest = 46;
constexpr double kTextWidth = 110;
constexpr double kLineHeight = 13;

std::string Quoted(const std::string& text) {
  if (text.empty()) return {};
  std::string out = "\"";
  for (const char c : text) {
    if (c != '"') out += c;
  }
  return out + "\"";
}

std::string Decimals(int decimals) {
  return decimals <= 0 ? "0" : "0." + std::string(static_cast<std::size_t>(decimals), '0');
}

bool IsNumber(const Cell& cell) {
  if (cell.kind == Cell::Kind::kReal) return std::isfinite(cell.real);
  return cell.kind == Cell::Kind::kCount && std::abs(cell.count) <= kLargestCount;
}

// Lines that a text takes in a column of so many characters.
double Lines(const std::string& text, double characters) {
  return std::max(1.0, std::ceil(static_cast<double>(text::DisplayWidth(text)) / characters));
}

class TableSheet {
 public:
  TableSheet(XlsxWorkbook& workbook, const Table& table) : workbook_(workbook), table_(table) {}

  void Write(const std::string& title, const std::vector<std::string>& below) {
    workbook_.Text(row_++, 0, title, {.bold = true});
    if (table_.synthetic) workbook_.Text(row_++, 0, SyntheticStamp(table_.words), {.bold = true, .red = true});
    ++row_;
    Head();
    Body();
    const int last = static_cast<int>(table_.columns.size());
    double width = 0;
    for (int column = 0; column <= last; ++column) {
      const double wide = Width(column);
      width += wide;
      workbook_.Widths(column, column, wide);
    }
    for (const std::string& note : PrintedNotes(table_)) Note(note, last, width);
    for (const std::string& note : below) Note(note, last, width);
  }

 private:
  void Note(const std::string& note, int last, double width) {
    workbook_.RowHeight(row_, kLineHeight * Lines(note, width));
    workbook_.Merge(row_++, 0, last, note, {.wrapped = true, .small = true});
  }

  double Width(int column) const {
    std::size_t widest = column == 0 ? text::DisplayWidth(table_.stub)
                                     : text::DisplayWidth(table_.columns[static_cast<std::size_t>(column) - 1].label);
    for (const Panel& panel : table_.panels) {
      for (const Row& row : panel.rows) {
        const auto at = static_cast<std::size_t>(column);
        if (at > row.cells.size()) continue;
        widest = std::max(widest, text::DisplayWidth(at == 0 ? row.label : CellText(row.cells[at - 1])));
      }
    }
    return std::clamp(static_cast<double>(widest) * 1.1 + 2, kNarrowest, kWidest);
  }

  void Head() {
    const int first = row_;
    const auto columns = static_cast<int>(table_.columns.size());
    if (!table_.spanners.empty()) {
      for (int column = 0; column <= columns; ++column) workbook_.Blank(row_, column, {.above = Border::kThick});
      for (const Spanner& spanner : table_.spanners) {
        workbook_.Merge(row_, static_cast<int>(spanner.first) + 1, static_cast<int>(spanner.last) + 1, spanner.label,
                        {.above = Border::kThick, .below = Border::kThin, .bold = true, .centred = true});
      }
      ++row_;
    }
    CellLook look{
        .above = table_.spanners.empty() ? Border::kThick : Border::kNone, .below = Border::kThin, .bold = true};
    workbook_.Text(row_, 0, table_.stub, look);
    for (int column = 1; column <= columns; ++column) {
      const Column& head = table_.columns[static_cast<std::size_t>(column) - 1];
      look.right = !head.text;
      workbook_.Text(row_, column, head.label, look);
    }
    ++row_;
    workbook_.Freeze(first, row_, 1);
  }

  void Body() {
    for (std::size_t i = 0; i < table_.panels.size(); ++i) {
      const Panel& panel = table_.panels[i];
      const auto columns = static_cast<int>(table_.columns.size());
      const bool last_panel = i + 1 == table_.panels.size();
      if (!panel.title.empty()) {
        const Border below = last_panel && panel.rows.empty() ? Border::kThick : Border::kNone;
        workbook_.Merge(row_++, 0, columns, panel.title, {.below = below, .italic = true});
      }
      for (std::size_t j = 0; j < panel.rows.size(); ++j) {
        BodyRow(panel.rows[j], last_panel && j + 1 == panel.rows.size() ? Border::kThick : Border::kNone);
      }
    }
  }

  void BodyRow(const Row& row, Border below) {
    const CellLook plain{.above = row.rule_above ? Border::kThin : Border::kNone, .below = below};
    workbook_.Text(row_, 0, row.label, plain);
    for (std::size_t i = 0; i < row.cells.size(); ++i) BodyCell(row.cells[i], static_cast<int>(i) + 1, plain);
    ++row_;
  }

  void BodyCell(const Cell& cell, int column, CellLook look) {
    if (cell.kind == Cell::Kind::kEmpty) {
      workbook_.Blank(row_, column, look);
      return;
    }
    if (!IsNumber(cell)) {
      workbook_.Text(row_, column, CellText(cell), look);
      return;
    }
    look.right = true;
    look.number_format = NumberFormat(cell);
    workbook_.Number(row_, column, cell.kind == Cell::Kind::kReal ? cell.real : static_cast<double>(cell.count), look);
  }

  XlsxWorkbook& workbook_;
  const Table& table_;
  int row_ = 0;
};

struct SheetOfTable {
  std::string name;
  std::string title;
  Table table;
};

std::string Numbered(const std::string& number, const std::string& title) {
  if (number.empty()) return title;
  return title.empty() ? number : number + ". " + title;
}

// The tables in the order of the report, then the numbers behind the figures.
std::vector<SheetOfTable> SheetsOf(const ReportContent& content) {
  const Words& words = content.study.words;
  std::vector<SheetOfTable> sheets;
  for (const Section section : kSections) {
    for (const Table& table : content.tables) {
      if (SectionOfTable(table) != section) continue;
      const std::string number = table.number.empty() ? std::string() : words("Table {1}", {table.number});
      sheets.push_back({number.empty() ? table.id : number, Numbered(number, table.title), table});
    }
  }
  for (const Figure& figure : content.figures) {
    const std::string number = words("Figure {1}", {std::to_string(figure.number)});
    SheetOfTable sheet{number, Numbered(number, figure.title), figure.data};
    sheet.table.synthetic = content.data.synthetic;
    if (!figure.caption.empty()) sheet.table.notes.push_back(figure.caption);
    sheets.push_back(std::move(sheet));
  }
  return sheets;
}

class Report {
 public:
  Report(XlsxWorkbook& workbook, const ReportContent& content) : workbook_(workbook), content_(content) {
    if (content.data.synthetic) header_ = SyntheticStamp(content.study.words);
  }

  void Write() {
    const Words& words = content_.study.words;
    const std::vector<SheetOfTable> sheets = SheetsOf(content_);
    // Names must be known before the sheets are written, because the page of contents stands first and links to them.
    workbook_.Sheet(words("Contents"), header_);
    workbook_.Widths(0, 0, 14);
    workbook_.Widths(1, 1, kTextWidth);
    Front();
    int link_row = row_;
    row_ += static_cast<int>(sheets.size()) + 2;
    Rules();
    std::vector<std::string> names;
    for (const SheetOfTable& sheet : sheets) {
      names.push_back(workbook_.Sheet(sheet.name, header_));
      TableSheet(workbook_, sheet.table).Write(sheet.title, {});
    }
    names.push_back(workbook_.Sheet(words("Provenance"), header_));
    Table provenance = ProvenanceTable(content_);
    TableSheet(workbook_, provenance).Write(provenance.title, ProvenanceLines(content_));
    workbook_.ReturnToFirst();
    for (std::size_t i = 0; i < names.size(); ++i, ++link_row) {
      workbook_.Link(link_row, 0, names[i], names[i]);
      workbook_.Text(link_row, 1, i < sheets.size() ? sheets[i].table.title : provenance.title);
    }
  }

 private:
  void Paragraph(const std::string& head, const std::string& text) {
    if (text.empty()) return;
    workbook_.RowHeight(row_, kLineHeight * std::max(Lines(text, kTextWidth), Lines(head, 13)) + 2);
    workbook_.Text(row_, 0, head, {.bold = true, .wrapped = true});
    workbook_.Text(row_++, 1, text, {.wrapped = true});
  }

  void Front() {
    const Words& words = content_.study.words;
    workbook_.Text(row_++, 0, content_.study.title.empty() ? content_.study.id : content_.study.title, {.bold = true});
    if (content_.data.synthetic) workbook_.Text(row_++, 0, SyntheticStamp(words), {.bold = true, .red = true});
    ++row_;
    Paragraph(words("Question"), content_.study.question);
    Paragraph(words("Data"), words.Sentences({words("{1}.", {DataWords(content_)}), content_.data.citation}));
    Paragraph(words("Answer"), AnswerParagraph(content_));
    Paragraph(words("What this does not show."), content_.study.limits);
    ++row_;
  }

  void Rules() {
    const Words& words = content_.study.words;
    if (content_.rules.empty()) return;
    workbook_.Text(row_++, 0, words("What a referee would say"), {.bold = true});
    for (const FiredRule& rule : content_.rules) Paragraph(rule.id, RuleText(rule, words));
  }

  XlsxWorkbook& workbook_;
  const ReportContent& content_;
  std::string header_;
  int row_ = 0;
};

}  // namespace

std::string NumberFormat(const Cell& cell) {
  std::string open;
  std::string close;
  if (cell.wrap == Cell::Wrap::kParentheses) open = "(", close = ")";
  if (cell.wrap == Cell::Wrap::kBrackets) open = "[", close = "]";
  close += cell.stars;
  const std::string digits = cell.kind == Cell::Kind::kCount ? "#,##0" : Decimals(cell.decimals);
  const std::string shown = Quoted(open) + digits + Quoted(close);
  if (cell.is_p_value) return "[<0.0005]" + Quoted(open + "<0.001" + close) + ";" + shown;
  // A minus sign stands inside the parentheses.
  if (!open.empty()) return shown + ";" + Quoted(open + "-") + digits + Quoted(close);
  return shown;
}

Result<std::string> RenderReportXlsx(const ReportContent& content) {
  FARRELL_ASSIGN_OR_RETURN(
      const std::unique_ptr<XlsxWorkbook> workbook,
      XlsxWorkbook::Create(std::string(content.study.words.chinese() ? kChineseFont : kLatinFont)));
  std::string authors;
  for (const std::string& author : content.study.authors) authors += (authors.empty() ? "" : ", ") + author;
  workbook->Describe(content.study.title.empty() ? content.study.id : content.study.title, authors);
  workbook->Property("Snapshot", content.data.snapshot_digest);
  workbook->Property("Study", content.study.id + " " + content.study.digest);
  workbook->Property("Seed", std::to_string(content.study.seed));
  workbook->Property("Data class", content.data.synthetic ? "synthetic" : "real");
  Report(*workbook, content).Write();
  return std::move(*workbook).Finish();
}

}  // namespace farrell::reporting
