// Rows of a result on their way to standard output: CSV for programs, an aligned table for people.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/options.h"

namespace farrell::cli {

// Text, a number, or missing (an empty cell).
using RowCell = std::variant<std::monostate, std::string, double>;

inline RowCell Number(double value) { return value; }
inline RowCell Number(const std::optional<double>& value) { return value ? RowCell(*value) : RowCell(); }
inline RowCell Whole(std::int64_t value) { return std::to_string(value); }
inline RowCell Text(std::string value) { return value.empty() ? RowCell() : RowCell(std::move(value)); }

// Collects rows and renders them.
class Rows {
 public:
  // `columns` are the header. With `synthetic` every row ends in a column of that name: it cannot be switched off.
  Rows(Format format, std::vector<std::string> columns, bool synthetic);

  // One row: a cell a column (without the synthetic one).
  void Add(std::vector<RowCell> cells);
  // CSV so far, header first; the rows are forgotten, so that large results leave in pieces. A table comes whole, at
  // the end.
  std::string Take();
  // Bytes of CSV waiting.
  std::size_t pending_bytes() const { return csv_.size(); }

 private:
  std::string RenderTable() const;

  Format format_;
  std::vector<std::string> columns_;
  bool synthetic_;
  std::string csv_;
  std::vector<std::vector<RowCell>> rows_;  // tables only
};

}  // namespace farrell::cli
