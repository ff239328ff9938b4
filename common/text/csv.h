// Writing CSV as in RFC 4180, with LF line ends. Reading is the data service's business (services/data/engine/csv.h).
#pragma once

#include <string>
#include <string_view>

namespace farrell::text {

// The field as written in a CSV file: in double quotes, inner quotes doubled, when it holds a comma, a quote, a line
// break or starts or ends with a blank; unchanged otherwise.
std::string CsvField(std::string_view field);

// Builds rows into a string that the caller takes away in pieces.
class CsvWriter {
 public:
  // One cell. A missing number is Cell("").
  CsvWriter& Cell(std::string_view field);
  // 17 significant digits.
  CsvWriter& Cell(double value);
  void EndRow();

  // Everything written since the last call.
  std::string Take();

 private:
  std::string text_;
  bool row_started_ = false;
};

}  // namespace farrell::text
