// Descriptive statistics, with the spread between and within units.
#include <cmath>

#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

// Four significant digits for everything of one variable, 0 to 6 decimals, chosen by its largest value.
int DecimalsOf(const DescriptiveFacts& variable) {
  double size = 0;
  for (const std::optional<double>& value : {variable.min, variable.max}) {
    if (value) size = std::fmax(size, std::fabs(*value));
  }
  if (size >= 10000) return 0;
  if (size >= 1000) return 1;
  if (size >= 100) return 2;
  int decimals = 3;
  while (decimals < 6 && size > 0 && size < 0.1) {
    size *= 10;
    ++decimals;
  }
  return decimals;
}

}  // namespace

Result<Table> BuildDescriptivesTable(const std::vector<DescriptiveFacts>& variables, const TableOptions& options) {
  if (variables.empty()) return InvalidArgument("TABLE_EMPTY", "table '" + options.id + "' has no variables");
  Table table = TableFrame("descriptives", options);
  const Words& words = options.words;
  table.stub = words("Variable");
  table.columns = {{"count", "N", false},
                   {"missing", words("Missing"), false},
                   {"mean", words("Mean"), false},
                   {"sd", words("s.d."), false},
                   {"sd_between", words("between"), false},
                   {"sd_within", words("within"), false},
                   {"min", words("Min"), false},
                   {"p25", "25 %", false},
                   {"median", words("Median"), false},
                   {"p75", "75 %", false},
                   {"max", words("Max"), false}};
  table.spanners = {{words("Standard deviation"), 3, 5}};
  Panel panel;
  bool any_missing = false;
  for (const DescriptiveFacts& variable : variables) {
    const int decimals = DecimalsOf(variable);
    const auto real = [&](const std::optional<double>& value) { return Cell::OptionalReal(value, decimals); };
    std::string label = variable.label.empty() ? variable.variable : variable.label;
    if (!variable.unit.empty()) label = words("{1} ({2})", {label, variable.unit});
    panel.rows.push_back({"variable:" + variable.variable,
                          std::move(label),
                          Row::Role::kBody,
                          {Cell::Count(variable.count), Cell::Count(variable.missing_count), real(variable.mean),
                           real(variable.sd), real(variable.sd_between), real(variable.sd_within), real(variable.min),
                           real(variable.p25), real(variable.median), real(variable.p75), real(variable.max)},
                          false});
    any_missing = any_missing || variable.missing_count > 0;
  }
  if (!any_missing) {
    table.columns.erase(table.columns.begin() + 1);
    for (Row& row : panel.rows) row.cells.erase(row.cells.begin() + 1);
    table.spanners.front().first = 2;
    table.spanners.front().last = 4;
    table.notes.push_back(words("No value is missing."));
  }
  table.panels.push_back(std::move(panel));
  const std::string unit = options.unit_word.empty() ? words("unit") : options.unit_word;
  table.notes.push_back(
      words("Between: standard deviation of the {1} means. Within: of the deviations from them.", {unit}));
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
