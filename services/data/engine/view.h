// View: what an analysis asked of a table. Computed columns, a row filter, other keys, and the columns it wants.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "common/status/status.h"
#include "services/data/engine/table.h"

namespace farrell::data {

struct DerivationSpec {
  std::string name;
  std::string expression;
  std::string label;
  std::string unit;
};

struct ViewSpec {
  std::vector<DerivationSpec> derivations;  // in order; later ones may use earlier ones
  std::string where;                        // empty: all rows
  std::string unit_key;                     // empty: the table's
  std::string time_key;                     // empty: the table's
  std::vector<std::string> columns;  // names or expressions; empty: every column of the table and its derivations
};

struct View {
  Table table;                     // with the derived columns and the keys of the view; all rows
  std::vector<std::int64_t> rows;  // kept by the filter, in file order
  // Asked for, over all rows; `name` is the text asked for. Finite or missing in the rows kept.
  std::vector<ColumnPtr> columns;
};

// Adds one computed column. Errors: INVALID_ARGUMENT, reason DERIVATION_INVALID (name), EXPRESSION_INVALID, NOT_NUMERIC
// or NOT_FINITE; `field` is the path of the derivation in the request.
Status AddDerivation(Table& table, const DerivationSpec& derivation, const std::string& field,
                     const std::stop_token& stop);

// Lags and statistics over all rows are taken before the filter; a result that does not exist, such as log(0), is an
// error in the rows kept only. Every bad column is reported at once. Errors: those of AddDerivation and KeysOf;
// DUPLICATE_KEY when other keys are named and not unique among the rows kept.
Result<View> MakeView(const Table& table, const ViewSpec& spec, const std::stop_token& stop = {});

}  // namespace farrell::data
