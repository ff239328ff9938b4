#include "services/data/engine/view.h"

#include "services/data/engine/keys.h"

namespace farrell::data {

Status AddDerivation(Table& table, const DerivationSpec& derivation, const std::string& field, const std::stop_token&) {
  return ColumnNotFound(table, derivation.expression, field);
}

Result<View> MakeView(const Table& table, const ViewSpec& spec, const std::stop_token& stop) {
  View view;
  view.table = table;
  for (std::size_t row = 0; row < table.row_count(); ++row) view.rows.push_back(static_cast<std::int64_t>(row));
  if (stop.stop_requested()) return Cancelled();
  if (spec.columns.empty()) view.columns = table.columns;
  for (const std::string& name : spec.columns) {
    const Column* column = table.Find(name);
    if (column == nullptr) return ColumnNotFound(table, name, "columns");
    view.columns.push_back(std::make_shared<Column>(*column));
  }
  return view;
}

}  // namespace farrell::data
