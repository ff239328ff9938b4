#include "tests/studies/golden_report.h"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <utility>

#include "tests/support/process.h"

namespace farrell::testing {
namespace {

using nlohmann::json;
using Line = std::vector<std::string>;

// What one file holds: the names of the columns, and rows that begin with their name.
struct Grid {
  Line columns;
  std::vector<Line> rows;
};

// A text in one cell of one line.
std::string InOneCell(std::string text) {
  for (char& byte : text) {
    if (byte == '\t' || byte == '\n') byte = ' ';
  }
  return text;
}

std::string PrintedText(const json& cell) {
  if (!cell.is_object() || !cell.contains("printed")) return "";
  const std::string stars = cell.contains("stars") && cell["stars"].is_string() ? cell["stars"] : "";
  return InOneCell(cell["printed"].get<std::string>() + stars);
}

Grid GridOfTable(const json& table) {
  Grid grid{.columns = {"row", "label"}, .rows = {}};
  for (const json& column : table.at("columns")) grid.columns.push_back(InOneCell(column.at("id")));
  for (const json& panel : table.at("panels")) {
    for (const json& row : panel.at("rows")) {
      Line line{InOneCell(row.at("id")), InOneCell(row.at("label"))};
      for (const json& cell : row.at("cells")) line.push_back(PrintedText(cell));
      grid.rows.push_back(std::move(line));
    }
  }
  return grid;
}

Grid GridOfRules(const json& rules) {
  Grid grid{.columns = {"row", "severity", "text"}, .rows = {}};
  for (const json& rule : rules) {
    grid.rows.push_back({rule.at("id"), rule.at("severity"), InOneCell(rule.at("text"))});
  }
  return grid;
}

// By the name of their file. Where the results came from (versions, digests) is no result.
std::map<std::string, Grid> GridsOf(const json& report) {
  std::map<std::string, Grid> grids;
  for (const json& table : report.at("tables")) {
    if (table.at("kind") != "provenance") grids["table_" + table.at("id").get<std::string>()] = GridOfTable(table);
  }
  for (const json& figure : report.at("figures")) {
    if (figure.contains("data") && figure["data"].is_object()) {
      grids["figure_" + figure.at("id").get<std::string>()] = GridOfTable(figure["data"]);
    }
  }
  grids["rules"] = GridOfRules(report.at("rules"));
  return grids;
}

Line Split(const std::string& text, char at) {
  Line parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  if (at == '\t' && text.ends_with(at)) parts.emplace_back();  // an empty last cell
  return parts;
}

std::string Written(const Grid& grid) {
  std::string text;
  const auto write = [&](const Line& line) {
    for (std::size_t i = 0; i < line.size(); ++i) text += (i == 0 ? "" : "\t") + line[i];
    text += "\n";
  };
  write(grid.columns);
  for (const Line& row : grid.rows) write(row);
  return text;
}

Grid Read(const std::string& text) {
  Grid grid;
  for (const std::string& line : Split(text, '\n')) {
    if (grid.columns.empty()) {
      grid.columns = Split(line, '\t');
    } else {
      grid.rows.push_back(Split(line, '\t'));
    }
  }
  return grid;
}

// Cells by row and column; a row whose name occurs again, in another panel, is counted.
std::map<std::pair<std::string, std::string>, std::string> CellsOf(const Grid& grid) {
  std::map<std::string, int> seen;
  std::map<std::pair<std::string, std::string>, std::string> cells;
  for (const Line& row : grid.rows) {
    const int before = seen[row.at(0)]++;
    const std::string name = before == 0 ? row[0] : row[0] + " (" + std::to_string(before + 1) + ")";
    for (std::size_t i = 1; i < row.size(); ++i) {
      cells[{name, i < grid.columns.size() ? grid.columns[i] : std::to_string(i)}] = row[i];
    }
  }
  return cells;
}

void Compare(const std::string& name, const Grid& golden, const Grid& now, std::vector<std::string>& differences) {
  const auto was = CellsOf(golden);
  const auto is = CellsOf(now);
  const auto tell = [&](const auto& key, const std::string& what) {
    differences.push_back(name + ", row " + key.first + ", column " + key.second + ": " + what);
  };
  for (const auto& [key, text] : was) {
    const auto found = is.find(key);
    if (found == is.end()) {
      tell(key, "was '" + text + "', is not there");
    } else if (found->second != text) {
      tell(key, "was '" + text + "', is '" + found->second + "'");
    }
  }
  for (const auto& [key, text] : is) {
    if (!was.contains(key)) tell(key, "was not there, is '" + text + "'");
  }
  if (was == is && Written(golden) != Written(now)) differences.push_back(name + ": rows or columns in another order");
}

void Update(const std::map<std::string, Grid>& grids, const std::string& folder) {
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  for (const auto& [name, grid] : grids) WriteFile(folder + "/" + name + ".tsv", Written(grid));
}

}  // namespace

std::vector<std::string> GoldenDifferences(const json& report, const std::string& folder) {
  const std::map<std::string, Grid> grids = GridsOf(report);
  if (std::getenv("FARRELL_UPDATE_REPORTS") != nullptr) Update(grids, folder);
  std::vector<std::string> differences;
  for (const auto& [name, grid] : grids) {
    const std::string file = folder + "/" + name + ".tsv";
    if (std::filesystem::exists(file)) {
      Compare(name, Read(ReadFile(file)), grid, differences);
    } else {
      differences.push_back(name + ": has no golden file");
    }
  }
  if (!std::filesystem::exists(folder)) return differences;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().stem().string();
    if (!grids.contains(name)) differences.push_back(name + ": is no longer in the report");
  }
  return differences;
}

}  // namespace farrell::testing
