// GitHub-flavoured Markdown. It has one head row and no rules inside, so spanners join the column heads and panel
// titles stand in bold.
#include "services/reporting/engine/report_sections.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

std::string SpannerOf(const Table& table, std::size_t column) {
  for (const Spanner& spanner : table.spanners) {
    if (column >= spanner.first && column <= spanner.last) return spanner.label;
  }
  return {};
}

bool CoversAll(const Table& table) {
  return table.spanners.size() == 1 && table.spanners.front().first == 0 &&
         table.spanners.front().last + 1 == table.columns.size();
}

}  // namespace

std::string EscapeMarkdown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
      case '`':
      case '*':
      case '_':
      case '[':
      case ']':
      case '|':
      case '~':
      case '#':
        out += '\\';
        out += c;
        break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '\n': out += ' '; break;
      default: out += c;
    }
  }
  return out;
}

std::string RenderMarkdown(const Table& table) {
  std::string out;
  if (table.synthetic) out += "**" + ShortStamp(table.words) + "**\n\n";
  std::string head;
  if (!table.number.empty()) head = "**" + EscapeMarkdown(NumberedTable(table)) + "** ";
  head += EscapeMarkdown(table.title);
  if (!head.empty()) out += head + "\n\n";
  const bool one_spanner = CoversAll(table);
  if (one_spanner) out += "*" + EscapeMarkdown(table.spanners.front().label) + "*\n\n";
  out += "| " + EscapeMarkdown(table.stub) + " |";
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const std::string spanner = one_spanner ? std::string() : SpannerOf(table, i);
    out +=
        " " + (spanner.empty() ? "" : EscapeMarkdown(spanner) + ": ") + EscapeMarkdown(table.columns[i].label) + " |";
  }
  out += "\n|:---|";
  for (const Column& column : table.columns) out += column.text ? ":---|" : "---:|";
  out += "\n";
  for (const Panel& panel : table.panels) {
    if (!panel.title.empty()) {
      out += "| **" + EscapeMarkdown(panel.title) + "** |";
      for (std::size_t i = 0; i < table.columns.size(); ++i) out += " |";
      out += "\n";
    }
    for (const Row& row : panel.rows) {
      out += "| " + EscapeMarkdown(row.label) + " |";
      for (const Cell& cell : row.cells) out += " " + EscapeMarkdown(CellText(cell)) + " |";
      out += "\n";
    }
  }
  out += "\n";
  const std::vector<std::string> notes = PrintedNotes(table);
  for (std::size_t i = 0; i < notes.size(); ++i) {
    out += EscapeMarkdown(notes[i]) + (i + 1 < notes.size() ? "  \n" : "\n");
  }
  return out;
}

}  // namespace farrell::reporting
