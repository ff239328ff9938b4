// Pages as tests write them, and what became of them as texts.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "services/data/engine/sheet/sheet_table.h"

namespace farrell::data {

using Content = std::variant<double, const char*, SheetCell>;

struct At {
  const char* place;
  Content content;
};

inline Sheet Page(const std::vector<At>& cells, const std::vector<const char*>& merged = {}) {
  Sheet sheet;
  sheet.name = "Page";
  for (const At& each : cells) {
    SheetCell cell;
    if (const double* number = std::get_if<double>(&each.content)) {
      cell.kind = SheetCell::Kind::kNumber;
      cell.number = *number;
    } else if (const auto* text = std::get_if<const char*>(&each.content)) {
      cell.text = *text;
    } else {
      cell = std::get<SheetCell>(each.content);
    }
    sheet.cells[*ParsePlace(each.place)] = cell;
  }
  for (const char* range : merged) sheet.merged.push_back(*ParseRange(range));
  return sheet;
}

// From A1 on, row by row; "" is an empty cell.
inline Sheet Grid(const char* name, const std::vector<std::vector<Content>>& rows,
                  const std::vector<const char*>& merged = {}) {
  std::vector<std::string> places;
  std::vector<At> cells;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t column = 0; column < rows[row].size(); ++column) {
      const auto* text = std::get_if<const char*>(&rows[row][column]);
      if (text != nullptr && **text == 0) continue;
      places.push_back(PlaceName({static_cast<int>(row) + 1, static_cast<int>(column) + 1}));
      cells.push_back({nullptr, rows[row][column]});
    }
  }
  for (std::size_t index = 0; index < cells.size(); ++index) cells[index].place = places[index].c_str();
  Sheet sheet = Page(cells, merged);
  sheet.name = name;
  return sheet;
}

inline SheetOutcome Read(const Sheet& sheet, const SheetMapping& mapping = {}) {
  return ReadSheets({{sheet, mapping}}, "unit", "", {}).value();
}

// "unit,period,x|a,2019,1": header and rows.
inline std::string Tidy(const SheetOutcome& outcome) {
  std::string text;
  const auto add = [&](const std::vector<std::string>& row) {
    if (!text.empty()) text += "|";
    for (std::size_t index = 0; index < row.size(); ++index) text += (index == 0 ? "" : ",") + row[index];
  };
  add(outcome.table.header);
  for (const auto& row : outcome.table.rows) add(row);
  return text;
}

inline std::vector<std::string> Problems(const SheetOutcome& outcome) {
  std::vector<std::string> told;
  for (const TableProblem& problem : outcome.problems) told.push_back(problem.column + " " + problem.reason);
  return told;
}

}  // namespace farrell::data
