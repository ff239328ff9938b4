// What every variable is: label, unit, source, and how it was computed.
#include "services/reporting/engine/table.h"

namespace farrell::reporting {

Result<Table> BuildVariablesTable(const std::vector<VariableFacts>& variables, const TableOptions& options) {
  if (variables.empty()) return InvalidArgument("TABLE_EMPTY", "table '" + options.id + "' has no variables");
  Table table = TableFrame("variables", options);
  const Words& words = options.words;
  table.stub = words("Variable");
  table.columns = {{"label", words("Meaning"), true},
                   {"unit", words("Unit"), true},
                   {"expression", words("Computed as"), true},
                   {"source", words("Source"), true}};
  Panel panel;
  for (const VariableFacts& variable : variables) {
    panel.rows.push_back({"variable:" + variable.name,
                          variable.name,
                          Row::Role::kBody,
                          {Cell::Text(variable.label), Cell::Text(variable.unit), Cell::Text(variable.expression),
                           Cell::Text(variable.source)},
                          false});
  }
  for (std::size_t column = table.columns.size(); column-- > 0;) {
    bool empty = true;
    for (const Row& row : panel.rows) empty = empty && row.cells[column].text.empty();
    if (!empty) continue;
    table.columns.erase(table.columns.begin() + static_cast<std::ptrdiff_t>(column));
    for (Row& row : panel.rows) row.cells.erase(row.cells.begin() + static_cast<std::ptrdiff_t>(column));
  }
  table.panels.push_back(std::move(panel));
  table.notes = options.notes;
  return table;
}

}  // namespace farrell::reporting
