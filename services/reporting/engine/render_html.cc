// Three-line table in HTML; widths, rules and figures' alignment are the style sheet's business (report_style.cc).
#include "services/reporting/engine/report_sections.h"
#include "services/reporting/engine/table.h"

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
    return "<td class=\"" + css_class + "\">" + EscapeHtml(CellText(cell)) + "</td>";
  }
  std::string words = CellText(cell);
  const std::size_t tail = cell.stars.size() + (cell.wrap == Cell::Wrap::kNone ? 0 : 1);
  std::string hanging = words.substr(words.size() - tail);
  words.resize(words.size() - tail);
  std::string html = "<td class=\"" + css_class + "\">" + WithMinus(EscapeHtml(words));
  if (!hanging.empty()) html += "<span class=\"hang\">" + EscapeHtml(hanging) + "</span>";
  return html + "</td>";
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
              EscapeHtml(spanner.label) + "</span></th>";
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
                : R"(<th scope="col" class=")" + classes[i] + "\">" + EscapeHtml(table.columns[i].label) + "</th>";
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

std::string RowsHtml(const std::vector<Row>& rows, const std::vector<std::string>& classes) {
  std::string html;
  for (std::size_t i = 0; i < rows.size();) {
    std::size_t end = i + 1;
    while (end < rows.size() && Continues(rows[end])) ++end;
    html += RowHtml(rows[i], end - i, classes);
    for (++i; i < end; ++i) html += RowHtml(rows[i], 0, classes);
  }
  return html;
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
  const std::vector<std::string> classes = ColumnClasses(table);
  std::string html = R"(<div class="table" id="table-)" + EscapeHtml(table.id) + "\">\n" +
                     ScrollHtml("scroll", table.title) + "\n<table class=\"" + EscapeHtml(table.kind) +
                     "\">\n<caption>";
  if (!table.number.empty()) html += "<b>" + EscapeHtml(NumberedTable(table)) + "</b> ";
  html += EscapeHtml(table.title);
  if (table.synthetic) html += " <span class=\"stamp\">" + ShortStamp(table.words) + "</span>";
  html += "</caption>\n" + HeadHtml(table, classes);
  for (const Panel& panel : table.panels) {
    html += "<tbody>\n";
    if (!panel.title.empty()) {
      html += R"(<tr class="panel"><th scope="rowgroup" colspan=")" + std::to_string(table.columns.size() + 1) + "\">" +
              EscapeHtml(panel.title) + "</th></tr>\n";
    }
    html += RowsHtml(panel.rows, classes);
    html += "</tbody>\n";
  }
  html += "</table>\n</div>\n";
  if (!table.notes.empty()) {
    html += "<div class=\"notes\">";
    for (const std::string& note : table.notes) html += "<p>" + EscapeHtml(note) + "</p>";
    html += "</div>\n";
  }
  return html + "</div>\n";
}

}  // namespace farrell::reporting
