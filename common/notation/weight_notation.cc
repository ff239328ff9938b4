#include <optional>
#include <string>
#include <vector>

#include "common/notation/choices.h"
#include "common/notation/dea_notation.h"
#include "common/text/number.h"

namespace farrell::notation {
namespace {

using internal::Trim;

// The fields of one line of CSV; nothing when a quote is not closed or text follows it.
std::optional<std::vector<std::string>> SplitLine(std::string_view line) {
  std::vector<std::string> fields;
  std::size_t at = 0;
  while (true) {
    std::string field;
    if (at < line.size() && line[at] == '"') {
      for (++at; at < line.size() && (line[at] != '"' || line.substr(at, 2) == "\"\""); ++at) {
        if (line[at] == '"') ++at;
        field += line[at];
      }
      if (at == line.size()) return std::nullopt;
      ++at;
    } else {
      const std::size_t end = std::min(line.find(',', at), line.size());
      field = Trim(line.substr(at, end - at));
      at = end;
    }
    fields.push_back(std::move(field));
    if (at == line.size()) return fields;
    if (line[at++] != ',') return std::nullopt;
  }
}

// A bound, or nothing where the field is empty; says so when it is not a number.
std::optional<double> ParseBound(const std::string& field, const std::string& line, Violations& violations) {
  if (field.empty()) return std::nullopt;
  const std::optional<double> bound = text::ParseReal(field);
  if (!bound || *bound < 0) violations.Add(line, "the bound '" + field + "' is not a number of at least 0");
  return bound;
}

}  // namespace

Result<std::vector<dea::v1::WeightRestriction>> ParseWeightRestrictions(std::string_view csv) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (csv.starts_with(kByteOrderMark)) csv.remove_prefix(kByteOrderMark.size());
  const std::vector<std::string> columns = {"measure", "over", "low", "high"};
  std::vector<dea::v1::WeightRestriction> restrictions;
  Violations violations;
  bool header = true;
  int number = 0;
  for (std::size_t begin = 0; begin < csv.size();) {
    const std::size_t end = std::min(csv.find('\n', begin), csv.size());
    std::string_view text = csv.substr(begin, end - begin);
    begin = end + 1;
    ++number;
    if (text.ends_with('\r')) text.remove_suffix(1);
    text = Trim(text);
    if (text.empty() || text.starts_with('#')) continue;
    const std::string line = "line " + std::to_string(number);
    const std::optional<std::vector<std::string>> fields = SplitLine(text);
    if (header) {
      if (!fields || *fields != columns) {
        violations.Add(line, "must name the columns measure,over,low,high");
        break;
      }
      header = false;
    } else if (!fields || fields->size() != columns.size()) {
      violations.Add(line, "must have the four fields measure,over,low,high");
    } else {
      dea::v1::WeightRestriction& restriction = restrictions.emplace_back();
      restriction.set_measure((*fields)[0]);
      restriction.set_over((*fields)[1]);
      const std::optional<double> low = ParseBound((*fields)[2], line, violations);
      const std::optional<double> high = ParseBound((*fields)[3], line, violations);
      if (low) restriction.set_low(*low);
      if (high) restriction.set_high(*high);
      if ((*fields)[0].empty()) violations.Add(line, "names no measure");
      if ((*fields)[2].empty() && (*fields)[3].empty()) violations.Add(line, "needs low, high or both");
      if (low && high && *low > *high) violations.Add(line, "low must not exceed high");
    }
  }
  if (header && violations.empty()) violations.Add("line 1", "must name the columns measure,over,low,high");
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("MODEL_INVALID", "the weight restrictions cannot be read"));
  return restrictions;
}

}  // namespace farrell::notation
