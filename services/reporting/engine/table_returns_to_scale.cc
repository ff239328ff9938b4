// Which returns to scale do the data allow? Tests by bootstrap, constant before non-increasing.
#include <set>

#include "common/text/number.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {
namespace {

Row TestRow(const ReturnsToScaleFacts& entry, const ReturnsToScaleTestFacts& test, const Words& words) {
  const std::string null = test.null_is_constant ? words("constant returns") : words("non-increasing returns");
  const std::string label = test.reference_set.empty() ? null : words.Clauses({test.reference_set, null});
  Row row{"test:" + entry.id + ":" + test.reference_set + ":" + (test.null_is_constant ? "crs" : "nirs"),
          label,
          Row::Role::kBody,
          {},
          false};
  row.cells = {Cell::Real(test.statistic, 3), Cell::Real(test.critical_value, 3), Cell::PValue(test.p_value),
               Cell::Text(test.rejected ? words("rejected") : words("not rejected")), Cell::Count(test.unit_count)};
  return row;
}

}  // namespace

Result<Table> BuildReturnsToScaleTable(const std::vector<const ReturnsToScaleFacts*>& entries,
                                       const TableOptions& options) {
  const Words& words = options.words;
  Table table = TableFrame("returns_to_scale", options);
  table.stub = words("Null hypothesis");
  table.columns = {{"statistic", words("Ratio of means"), false},
                   {"critical", words("Critical value"), false},
                   {"p_value", "p", false},
                   {"verdict", words("At 5 %"), true},
                   {"n", "N", false}};
  std::set<std::int64_t> draws;
  bool by_unit = false;
  for (const ReturnsToScaleFacts* entry : entries) {
    Panel panel;
    panel.title = entry->label.empty() ? entry->id : entry->label;
    for (const ReturnsToScaleTestFacts& test : entry->tests) {
      panel.rows.push_back(TestRow(*entry, test, words));
      draws.insert(test.replication_count);
    }
    by_unit = by_unit || entry->by_unit;
    table.panels.push_back(std::move(panel));
  }
  if (draws.empty()) return InvalidArgument("TABLE_EMPTY", "table '" + options.id + "' has no tests");
  table.notes.push_back(words(
      "Mean distance under the null over mean distance under variable returns, against its smoothed bootstrap "
      "under the null with {1} draws (Simar & Wilson 2002); non-increasing returns are tested where constant ones "
      "are rejected.",
      {text::FormatCount(*draws.rbegin())}));
  if (by_unit) table.notes.push_back(words("All periods of a unit are drawn together."));
  table.notes.push_back(words("That a null is not rejected does not show that it is true."));
  table.notes.insert(table.notes.end(), options.notes.begin(), options.notes.end());
  return table;
}

}  // namespace farrell::reporting
