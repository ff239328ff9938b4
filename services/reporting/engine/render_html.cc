// Three-line table in HTML; widths, rules and figures' alignment are the style sheet's business (report_style.cc).
#include <algorithm>

#include "services/reporting/engine/report_sections.h"
#include "services/reporting/engine/table_pages.h"

namespace farrell::reporting {
namespace {

std::string WithMinus(std::string text) {
  for (std::size_t at = text.find('-'); at != std::string::npos; at = text.find('-', at + 3)) text.replace(at, 1, "−");
  return text;
}

// Stars and closing parentheses take no width, so that the digits of a column line up.
std::string CellHtml(const Cell& cell, const std::string& css_class) {
  const bool number = cell.kind == Cell::Kind::kReal || cell.kind == Cell::Kind::kCount;
  if (!number) {
    const bool words = cell.kind == Cell::Kind::kText && css_class != "t";
    return "<td class=\"" + css_class + (words ? " w" : "") + "\">" + EscapeHtml(CellText(cell)) + "</td>";
  }
  std::string words = CellText(cell);
  const std::size_t tail = cell.stars.size() + (cell.wrap == Cell::Wrap::kNone ? 0 : 1);
  std::string hanging = words.substr(words.size() - tail);
  words.resize(words.size() - tail);
  std::string html = "<td class=\"" + css_class + "\">" + WithMinus(EscapeHtml(words));
  if (!hanging.empty()) html += "<span class=\"hang\">" + EscapeHtml(hanging) + "</span>";
  return html + "</td>";
}

// A head may be broken after what joins the parts of a formula; `LongestPart` in table_pages.cc knows the same breaks.
std::string EscapeHead(const std::string& label) {
  std::string html;
  std::size_t from = 0;
  while (from < label.size()) {
    const std::size_t end = std::min(label.find_first_of("(,./:*+_", from), label.size() - 1) + 1;
    html += EscapeHtml(label.substr(from, end - from)) + (end < label.size() ? "<wbr>" : "");
    from = end;
  }
  return html;
}

// "t" text, "n" numbers, "n h" numbers with something hanging to their right.
std::vector<std::string> ColumnClasses(const Table& table) {
  std::vector<std::string> classes;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    classes.emplace_back(table.columns[i].text ? "t" : ColumnHangs(table, i) ? "n h" : "n");
  }
  return classes;
}

std::string HeadHtml(const Table& table, const std::vector<std::string>& classes) {
  std::string html = "<thead>\n";
  if (!table.spanners.empty()) {
    html += "<tr class=\"spanners\"><td></td>";
    std::size_t column = 0;
    for (const Spanner& spanner : table.spanners) {
      for (; column < spanner.first; ++column) html += "<td></td>";
      html += R"(<th scope="colgroup" colspan=")" + std::to_string(spanner.last - spanner.first + 1) + "\"><span>" +
              EscapeHead(spanner.label) + "</span></th>";
      column = spanner.last + 1;
    }
    for (; column < table.columns.size(); ++column) html += "<td></td>";
    html += "</tr>\n";
  }
  html += table.stub.empty() ? "<tr><td></td>" : R"(<tr><th scope="col" class="t">)" + EscapeHtml(table.stub) + "</th>";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    // A head without a word is no head to who hears the page.
    html += table.columns[i].label.empty()
                ? std::string("<td></td>")
                : R"(<th scope="col" class=")" + classes[i] + "\">" + EscapeHead(table.columns[i].label) + "</th>";
  }
  return html + "</tr>\n</thead>\n";
}

// Rows that belong to the coefficient above them and share its label.
bool Continues(const Row& row) {
  return row.label.empty() && (row.role == Row::Role::kStdError || row.role == Row::Role::kBootstrapP);
}

// `span`: rows that the label covers; 0 for a row that continues the one above.
std::string RowHtml(const Row& row, std::size_t span, const std::vector<std::string>& classes) {
  std::string html = "<tr";
  if (row.rule_above) html += " class=\"rule-above\"";
  if (span == 0) html += " class=\"below\"";
  html += ">";
  if (span > 0) {
    html += "<th scope=\"row\"" + (span > 1 ? " rowspan=\"" + std::to_string(span) + "\"" : std::string()) + ">" +
            EscapeHtml(row.label) + "</th>";
  }
  for (std::size_t i = 0; i < row.cells.size(); ++i) html += CellHtml(row.cells[i], classes[i]);
  return html + "</tr>\n";
}

// Groups of rows: a coefficient with what stands below it is one, which no page breaks; other rows stand together.
std::string PanelHtml(const Panel& panel, const std::vector<std::string>& classes) {
  std::string title;
  if (!panel.title.empty()) {
    title = R"(<tr class="panel"><th scope="rowgroup" colspan=")" + std::to_string(classes.size() + 1) + "\">" +
            EscapeHtml(panel.title) + "</th></tr>\n";
  }
  const std::vector<Row>& rows = panel.rows;
  const auto end_of = [&](std::size_t first) {
    std::size_t end = first + 1;
    while (end < rows.size() && Continues(rows[end])) ++end;
    return end;
  };
  std::string html = rows.empty() ? "<tbody class=\"start\">\n" + title + "</tbody>\n" : std::string();
  for (std::size_t i = 0; i < rows.size();) {
    const bool block = end_of(i) > i + 1;
    html += "<tbody class=\"" + std::string(i == 0 ? "start" : "more") + (block ? " block" : "") + "\">\n" +
            (i == 0 ? title : "");
    do {
      const std::size_t end = end_of(i);
      html += RowHtml(rows[i], end - i, classes);
      for (++i; i < end; ++i) html += RowHtml(rows[i], 0, classes);
    } while (!block && i < rows.size() && end_of(i) == i + 1);
    html += "</tbody>\n";
  }
  return html;
}

std::string PieceHtml(const Table& table, bool continued) {
  const std::vector<std::string> classes = ColumnClasses(table);
  std::string html = ScrollHtml(IsLong(table) ? "scroll long" : "scroll whole", table.title) + "\n<table class=\"" +
                     EscapeHtml(table.kind) + "\">\n<caption>";
  if (!table.number.empty()) html += "<b>" + EscapeHtml(NumberedTable(table)) + "</b> ";
  html += continued ? table.words("{1} (continued)", {EscapeHtml(table.title)}) : EscapeHtml(table.title);
  if (table.synthetic) html += " <span class=\"stamp\">" + ShortStamp(table.words) + "</span>";
  html += "</caption>\n" + HeadHtml(table, classes);
  for (const Panel& panel : table.panels) html += PanelHtml(panel, classes);
  return html + "</table>\n</div>\n";
}

}  // namespace

std::string ScrollHtml(std::string_view css_class, std::string_view label) {
  return "<div class=\"" + std::string(css_class) + R"(" tabindex="0" role="group" aria-label=")" + EscapeHtml(label) +
         "\">";
}

std::string EscapeHtml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string RenderHtml(const Table& table) {
  const TablePages pages = PagesOf(table);
  std::string html = std::string("<div class=\"table") + (pages.landscape ? " wide" : "") + "\" id=\"table-" +
                     EscapeHtml(table.id) + "\">\n";
  for (std::size_t i = 0; i < pages.pieces.size(); ++i) html += PieceHtml(pages.pieces[i], i > 0);
  if (!table.notes.empty()) {
    html += "<div class=\"notes\">";
    for (const std::string& note : PrintedNotes(table)) html += "<p>" + EscapeHtml(note) + "</p>";
    html += "</div>\n";
  }
  return html + "</div>\n";
}

}  // namespace farrell::reporting
