#include "services/reporting/engine/table.h"

#include <algorithm>

#include "common/text/number.h"

namespace farrell::reporting {

Status NothingToShow(std::string why) { return FailedPrecondition("NOTHING_TO_SHOW", std::move(why)); }

Cell Cell::Text(std::string text) {
  Cell cell;
  cell.kind = Kind::kText;
  cell.text = std::move(text);
  return cell;
}

Cell Cell::Real(double value, int decimals) {
  Cell cell;
  cell.kind = Kind::kReal;
  cell.real = value;
  cell.decimals = decimals;
  return cell;
}

Cell Cell::OptionalReal(const std::optional<double>& value, int decimals) {
  return value ? Real(*value, decimals) : Empty();
}

Cell Cell::PValue(const std::optional<double>& value, Wrap wrap) {
  if (!value) return Empty();
  Cell cell = Real(*value, 3);
  cell.is_p_value = true;
  cell.wrap = wrap;
  return cell;
}

Cell Cell::Count(std::int64_t value) {
  Cell cell;
  cell.kind = Kind::kCount;
  cell.count = value;
  return cell;
}

Table TableFrame(std::string kind, const TableOptions& options) {
  Table table;
  table.id = options.id;
  table.number = options.number;
  table.title = options.title;
  table.kind = std::move(kind);
  table.synthetic = options.synthetic;
  table.words = options.words;
  const Preset preset;
  table.notes_word = options.words.chinese() ? preset.notes_zh : preset.notes;
  return table;
}

std::vector<std::string> PrintedNotes(const Table& table) {
  std::vector<std::string> notes = table.notes;
  if (!notes.empty()) notes.front().insert(0, table.notes_word);
  return notes;
}

Result<std::vector<StarLevel>> StarLevels(std::string_view preset) {
  if (preset.empty() || preset == "cn" || preset == "aer") {
    return std::vector<StarLevel>{{0.01, "***"}, {0.05, "**"}, {0.10, "*"}};
  }
  if (preset == "none") return std::vector<StarLevel>{};
  return InvalidArgument("STARS_UNKNOWN", "unknown stars preset '" + std::string(preset) + "'; use cn, aer or none");
}

std::string StarsFor(const std::vector<StarLevel>& levels, double p_value) {
  for (const StarLevel& level : levels) {
    if (p_value < level.below) return level.mark;
  }
  return {};
}

std::string StarsLegend(std::string_view preset, const Words& words) {
  const Result<std::vector<StarLevel>> levels = StarLevels(preset);
  if (!levels.ok() || levels->empty()) return {};
  std::vector<std::string> marks;
  for (const StarLevel& level : *levels) {
    marks.push_back(level.mark + (preset == "aer" ? " p < " + text::FormatFixed(level.below, 2)
                                                  : " " + text::FormatFixed(level.below * 100, 0) + " %"));
  }
  return preset == "aer" ? words("{1}.", {words.Clauses(marks)})
                         : words("Significance levels: {1}.", {words.Clauses(marks)});
}

bool ColumnHangs(const Table& table, std::size_t column) {
  for (const Panel& panel : table.panels) {
    for (const Row& row : panel.rows) {
      if (column >= row.cells.size()) continue;
      const Cell& cell = row.cells[column];
      if (!cell.stars.empty() || cell.wrap != Cell::Wrap::kNone) return true;
    }
  }
  return false;
}

std::string CellText(const Cell& cell) {
  std::string text;
  switch (cell.kind) {
    case Cell::Kind::kEmpty: return {};
    case Cell::Kind::kText: text = cell.text; break;
    case Cell::Kind::kCount: text = text::FormatCount(cell.count); break;
    case Cell::Kind::kReal:
      text = cell.is_p_value && cell.real < 0.0005 ? "<0.001" : text::FormatFixed(cell.real, cell.decimals);
      break;
  }
  if (cell.wrap == Cell::Wrap::kParentheses) text = "(" + text + ")";
  if (cell.wrap == Cell::Wrap::kBrackets) text = "[" + text + "]";
  return text + cell.stars;
}

}  // namespace farrell::reporting
