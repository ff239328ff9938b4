// The table's numbers, unrounded, for other programs.
#include "common/text/csv.h"
#include "common/text/number.h"
#include "services/reporting/engine/table.h"

namespace farrell::reporting {

std::string RenderCsv(const Table& table) {
  const bool panels = table.panels.size() > 1;
  const auto spanner_of = [&](std::size_t column) -> std::string {
    for (const Spanner& spanner : table.spanners) {
      if (column >= spanner.first && column <= spanner.last) return spanner.label;
    }
    return {};
  };
  text::CsvWriter csv;
  csv.Cell("row").Cell("label");
  if (panels) csv.Cell("panel");
  for (const Column& column : table.columns) csv.Cell(column.id);
  if (table.kind == "regression") csv.Cell("outcomes");
  if (table.synthetic) csv.Cell("synthetic");
  csv.EndRow();
  std::string outcomes;
  for (std::size_t i = 0; i < table.columns.size(); ++i) outcomes += (i > 0 ? "; " : "") + spanner_of(i);
  for (const Panel& panel : table.panels) {
    for (const Row& row : panel.rows) {
      csv.Cell(row.id).Cell(row.label);
      if (panels) csv.Cell(panel.title);
      for (const Cell& cell : row.cells) {
        switch (cell.kind) {
          case Cell::Kind::kEmpty: csv.Cell(""); break;
          case Cell::Kind::kText: csv.Cell(cell.text); break;
          case Cell::Kind::kReal: csv.Cell(cell.real); break;
          case Cell::Kind::kCount: csv.Cell(std::to_string(cell.count)); break;
        }
      }
      if (table.kind == "regression") csv.Cell(outcomes);
      if (table.synthetic) csv.Cell("true");
      csv.EndRow();
    }
  }
  return csv.Take();
}

}  // namespace farrell::reporting
