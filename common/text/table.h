// A table for the terminal: columns padded to their display width, numbers to the right, three rules as in print.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace farrell::text {

class Table {
 public:
  enum class Align : std::uint8_t { kLeft, kRight };

  struct Column {
    std::string header;
    Align align = Align::kRight;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // One cell a column; missing cells are blank, surplus cells are a programmer error and ignored.
  void AddRow(std::vector<std::string> cells);

  // UTF-8 lines, each ended by a line feed; no trailing blanks.
  std::string Render() const;

 private:
  std::vector<Column> columns_;
  // An empty row stands for a rule.
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace farrell::text
