#include "services/reporting/service/layout_reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "common/text/number.h"

namespace farrell::reporting {
namespace {

// One line of RFC 4180 without line breaks inside quotes: unit names have none.
std::vector<std::string> Fields(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (quoted && c == '"' && at + 1 < line.size() && line[at + 1] == '"') {
      fields.back() += c;
      ++at;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

std::optional<int> Position(const std::string& text) {
  constexpr long long kLargest = 99;
  const std::optional<long long> value = text::ParseInteger(text);
  if (!value || *value < 0 || *value > kLargest) return std::nullopt;
  return static_cast<int>(*value);
}

}  // namespace

Result<std::vector<TileFacts>> ReadLayout(std::string_view csv) {
  if (csv.starts_with("\xEF\xBB\xBF")) csv.remove_prefix(3);
  std::vector<TileFacts> tiles;
  Violations violations;
  std::map<std::string, std::size_t> columns;
  std::set<std::pair<int, int>> taken;
  std::size_t number = 0;
  while (!csv.empty()) {
    const std::size_t end = csv.find('\n');
    std::string_view line = csv.substr(0, end);
    csv = end == std::string_view::npos ? std::string_view() : csv.substr(end + 1);
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const std::vector<std::string> fields = Fields(line);
    const std::string place = "line " + std::to_string(number);
    if (columns.empty()) {
      for (std::size_t i = 0; i < fields.size(); ++i) columns.emplace(fields[i], i);
      for (const char* needed : {"unit", "row", "column"}) {
        if (!columns.contains(needed)) violations.Add(place, std::string("the column `") + needed + "` is missing");
      }
      if (!violations.empty()) break;
      continue;
    }
    if (fields.size() != columns.size()) {
      violations.Add(place,
                     "expected " + std::to_string(columns.size()) + " fields, found " + std::to_string(fields.size()));
      continue;
    }
    const std::optional<int> row = Position(fields[columns.at("row")]);
    const std::optional<int> column = Position(fields[columns.at("column")]);
    if (!row || !column) {
      violations.Add(place, "`row` and `column` must be whole numbers from 0 to 99");
    } else if (!taken.emplace(*row, *column).second) {
      violations.Add(place, "the cell is taken by a line above");
    } else {
      const auto label = columns.find("label");
      tiles.push_back({.unit = fields[columns.at("unit")],
                       .row = *row,
                       .column = *column,
                       .label = label == columns.end() ? std::string() : fields[label->second]});
    }
  }
  if (columns.empty()) violations.Add("line 1", "the layout is empty");
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("LAYOUT_INVALID", "the layout of the tile map cannot be used"));
  return tiles;
}

}  // namespace farrell::reporting
