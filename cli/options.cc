#include "cli/options.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace farrell::cli {

Format Options::output_format() const {
  if (format == "csv") return Format::kCsv;
  if (format == "json") return Format::kJson;
  if (format == "md") return Format::kMarkdown;
  if (format == "tex") return Format::kLatex;
  return Format::kTable;
}

std::vector<std::string> SplitList(const std::string& text) {
  std::vector<std::string> parts;
  std::string part;
  char quote = '\0';
  int depth = 0;
  const auto finish = [&] {
    const std::size_t first = part.find_first_not_of(" \t");
    if (first != std::string::npos) parts.push_back(part.substr(first, part.find_last_not_of(" \t") - first + 1));
    part.clear();
  };
  for (const char c : text) {
    if (quote != '\0') {
      if (c == quote) quote = '\0';
    } else if (c == '\'' || c == '"' || c == '`') {
      quote = c;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')') {
      --depth;
    } else if (c == ',' && depth <= 0) {
      finish();
      continue;
    }
    part += c;
  }
  finish();
  return parts;
}

std::vector<std::string> SplitLists(const std::vector<std::string>& texts) {
  std::vector<std::string> all;
  for (const std::string& text : texts) {
    std::vector<std::string> parts = SplitList(text);
    std::move(parts.begin(), parts.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace farrell::cli
