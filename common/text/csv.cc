#include "common/text/csv.h"

#include <utility>

#include "common/text/number.h"

namespace farrell::text {

std::string CsvField(std::string_view field) {
  if (field.empty()) return {};
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  const bool needs_quotes =
      field.find_first_of(",\"\r\n") != std::string_view::npos || is_blank(field.front()) || is_blank(field.back());
  if (!needs_quotes) return std::string(field);
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  quoted += '"';
  return quoted;
}

CsvWriter& CsvWriter::Cell(std::string_view field) {
  if (row_started_) text_ += ',';
  row_started_ = true;
  text_ += CsvField(field);
  return *this;
}

CsvWriter& CsvWriter::Cell(double value) { return Cell(FormatReal(value)); }

void CsvWriter::EndRow() {
  text_ += '\n';
  row_started_ = false;
}

std::string CsvWriter::Take() { return std::exchange(text_, {}); }

}  // namespace farrell::text
