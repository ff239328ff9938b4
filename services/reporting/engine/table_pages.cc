#include "services/reporting/engine/table_pages.h"

#include <algorithm>
#include <numeric>
#include <string_view>

#include "common/text/display.h"

namespace farrell::reporting {
namespace {

// Points: the room between the margins, a character of average width, the padding of a cell, and what a star, a
// parenthesis or a bracket hangs into.
struct PageStyle {
  double room;
  double character;
  double padding;
  double hanging;
};
constexpr PageStyle kUpright = {510, 5.0, 7.2, 12};
constexpr PageStyle kOnItsSide = {757, 4.4, 4.8, 9};

// Characters that a column of words gets even where it could break them into more lines.
constexpr std::size_t kWordsWidth = 18;
constexpr std::size_t kLabelWidth = 20;

// Lines that surely fit a page.
constexpr std::size_t kLinesOfPage = 30;

// The longest part of a head that cannot be broken; `EscapeHead` in render_html.cc allows the same breaks.
std::size_t LongestPart(std::string_view words) {
  std::size_t longest = 0;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find_first_of(" (,./:*+_"), words.size() - 1) + 1;
    longest = std::max(longest, text::DisplayWidth(words.substr(0, end)));
    words.remove_prefix(end);
  }
  // Chinese breaks anywhere.
  return std::min<std::size_t>(longest, kWordsWidth);
}

double LabelWidth(const Table& table, const PageStyle& style) {
  std::size_t widest = LongestPart(table.stub);
  for (const Panel& panel : table.panels) {
    for (const Row& row : panel.rows) {
      widest = std::max(widest, std::min(text::DisplayWidth(row.label), kLabelWidth));
    }
  }
  return static_cast<double>(widest) * style.character + style.padding;
}

double ColumnWidth(const Table& table, std::size_t column, const PageStyle& style) {
  std::size_t widest = LongestPart(table.columns[column].label);
  for (const Panel& panel : table.panels) {
    for (const Row& row : panel.rows) {
      if (column >= row.cells.size()) continue;
      const Cell& cell = row.cells[column];
      const std::size_t width = text::DisplayWidth(CellText(cell));
      widest = std::max(widest, cell.kind == Cell::Kind::kText ? std::min(width, kWordsWidth) : width);
    }
  }
  return static_cast<double>(widest) * style.character + style.padding +
         (ColumnHangs(table, column) ? style.hanging : 0);
}

std::vector<double> ColumnWidths(const Table& table, const PageStyle& style) {
  std::vector<double> widths;
  for (std::size_t i = 0; i < table.columns.size(); ++i) widths.push_back(ColumnWidth(table, i, style));
  return widths;
}

bool FitsPage(const Table& table, const PageStyle& style) {
  const std::vector<double> widths = ColumnWidths(table, style);
  return std::accumulate(widths.begin(), widths.end(), LabelWidth(table, style)) <= style.room;
}

// Columns first..last-1 with the labels and the heads above them.
Table Piece(const Table& table, std::size_t first, std::size_t last) {
  Table piece = table;
  const auto cut = [&](auto& list) {
    const auto size = list.size();
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(std::min(last, size)), list.end());
    list.erase(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(std::min(first, size)));
  };
  cut(piece.columns);
  for (Panel& panel : piece.panels) {
    for (Row& row : panel.rows) cut(row.cells);
  }
  piece.spanners.clear();
  for (const Spanner& spanner : table.spanners) {
    if (spanner.last < first || spanner.first >= last) continue;
    piece.spanners.push_back(
        {spanner.label, std::max(spanner.first, first) - first, std::min(spanner.last, last - 1) - first});
  }
  return piece;
}

}  // namespace

bool IsLong(const Table& table) {
  std::size_t lines = 0;
  for (const Panel& panel : table.panels) lines += panel.rows.size() + (panel.title.empty() ? 0 : 1);
  return lines > kLinesOfPage;
}

TablePages PagesOf(const Table& table) {
  // Content keys break anywhere.
  if (table.kind == "provenance") return {true, {table}};
  if (FitsPage(table, kUpright)) return {false, {table}};
  TablePages pages{true, {}};
  const std::vector<double> widths = ColumnWidths(table, kOnItsSide);
  const double label = LabelWidth(table, kOnItsSide);
  for (std::size_t first = 0; first < widths.size();) {
    std::size_t last = first + 1;
    for (double used = label + widths[first]; last < widths.size() && used + widths[last] <= kOnItsSide.room; ++last) {
      used += widths[last];
    }
    pages.pieces.push_back(Piece(table, first, last));
    first = last;
  }
  return pages;
}

}  // namespace farrell::reporting
