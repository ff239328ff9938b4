#include "common/text/table.h"

#include <algorithm>
#include <utility>

#include "common/text/display.h"

namespace farrell::text {
namespace {

constexpr std::size_t kGap = 2;

std::string Repeat(const char* piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

}  // namespace

void Table::AddRow(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::Render() const {
  std::vector<std::size_t> widths;
  for (const Column& column : columns_) widths.push_back(DisplayWidth(column.header));
  for (const std::vector<std::string>& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  std::size_t total = columns_.empty() ? 0 : kGap * (columns_.size() - 1);
  for (const std::size_t width : widths) total += width;

  std::string out;
  const auto add_rule = [&](const char* piece) { out += Repeat(piece, total) + "\n"; };
  const auto add_cells = [&](const auto& cell_at) {
    std::string line;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const std::string& cell = cell_at(i);
      const std::string padding(widths[i] - DisplayWidth(cell), ' ');
      if (i > 0) line.append(kGap, ' ');
      line += columns_[i].align == Align::kRight ? padding + cell : cell + padding;
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };

  add_rule("━");
  add_cells([&](std::size_t i) -> const std::string& { return columns_[i].header; });
  add_rule("─");
  for (const std::vector<std::string>& row : rows_) {
    add_cells([&](std::size_t i) -> const std::string& { return row[i]; });
  }
  add_rule("━");
  return out;
}

}  // namespace farrell::text
