// Three-line table in HTML; widths, rules and figures' alignment are the style sheet's business (report_style.cc).
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

// What a row without a label holds, for readers who hear the table.
std::string HiddenLabel(Row::Role role) {
  switch (role) {
    case Row::Role::kStdError: return "standard error";
    case Row::Role::kBootstrapP: return "wild bootstrap p";
    default: return {};
  }
}

std::string WithMinus(std::string text) {
  for (std::size_t at = text.find('-'); at != std::string::npos; at = text.find('-', at + 3)) text.replace(at, 1, "−");
  return text;
}

// Stars and closing parentheses take no width, so that the digits of a column line up.
std::string CellHtml(const Cell& cell, bool text_column) {
  const bool number = cell.kind == Cell::Kind::kReal || cell.kind == Cell::Kind::kCount;
  if (!number) {
    return std::string("<td class=\"") + (text_column ? "t" : "n") + "\">" + EscapeHtml(CellText(cell)) + "</td>";
  }
  std::string words = CellText(cell);
  const std::size_t tail = cell.stars.size() + (cell.wrap == Cell::Wrap::kNone ? 0 : 1);
  std::string hanging = words.substr(words.size() - tail);
  words.resize(words.size() - tail);
  std::string html = std::string("<td class=\"") + (text_column ? "t" : "n") + "\">" + WithMinus(EscapeHtml(words));
  if (!hanging.empty()) html += "<span class=\"hang\">" + EscapeHtml(hanging) + "</span>";
  return html + "</td>";
}

std::string HeadHtml(const Table& table) {
  std::string html = "<thead>\n";
  if (!table.spanners.empty()) {
    html += "<tr class=\"spanners\"><td></td>";
    std::size_t column = 0;
    for (const Spanner& spanner : table.spanners) {
      for (; column < spanner.first; ++column) html += "<td></td>";
      html += "<th scope=\"colgroup\" colspan=\"" + std::to_string(spanner.last - spanner.first + 1) + "\"><span>" +
              EscapeHtml(spanner.label) + "</span></th>";
      column = spanner.last + 1;
    }
    for (; column < table.columns.size(); ++column) html += "<td></td>";
    html += "</tr>\n";
  }
  html +=
      table.stub.empty() ? "<tr><td></td>" : "<tr><th scope=\"col\" class=\"t\">" + EscapeHtml(table.stub) + "</th>";
  for (const Column& column : table.columns) {
    html += std::string("<th scope=\"col\" class=\"") + (column.text ? "t" : "n") + "\">" + EscapeHtml(column.label) +
            "</th>";
  }
  return html + "</tr>\n</thead>\n";
}

std::string RowHtml(const Table& table, const Row& row) {
  std::string style;
  if (row.rule_above) style = " class=\"rule-above\"";
  if (row.role == Row::Role::kStdError || row.role == Row::Role::kBootstrapP) style = " class=\"below\"";
  std::string html = "<tr" + style + "><th scope=\"row\">";
  const std::string hidden = row.label.empty() ? HiddenLabel(row.role) : std::string();
  html += hidden.empty() ? EscapeHtml(row.label) : "<span class=\"hidden\">" + hidden + "</span>";
  html += "</th>";
  for (std::size_t i = 0; i < row.cells.size(); ++i) html += CellHtml(row.cells[i], table.columns[i].text);
  return html + "</tr>\n";
}

}  // namespace

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
  std::string html = "<div class=\"table\" id=\"table-" + EscapeHtml(table.id) +
                     "\">\n<div class=\"scroll\">\n<table class=\"" + EscapeHtml(table.kind) + "\">\n<caption>";
  if (table.number > 0) html += "<b>Table " + std::to_string(table.number) + ".</b> ";
  html += EscapeHtml(table.title);
  if (table.synthetic) html += " <span class=\"stamp\">SYNTHETIC DATA</span>";
  html += "</caption>\n" + HeadHtml(table);
  for (const Panel& panel : table.panels) {
    html += "<tbody>\n";
    if (!panel.title.empty()) {
      html += "<tr class=\"panel\"><th scope=\"rowgroup\" colspan=\"" + std::to_string(table.columns.size() + 1) +
              "\">" + EscapeHtml(panel.title) + "</th></tr>\n";
    }
    for (const Row& row : panel.rows) html += RowHtml(table, row);
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
