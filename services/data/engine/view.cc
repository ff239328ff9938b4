#include "services/data/engine/view.h"

#include <cmath>
#include <utility>

#include "services/data/engine/expression/evaluator.h"
#include "services/data/engine/expression/lexer.h"
#include "services/data/engine/keys.h"

namespace farrell::data {
namespace {

Status BadName(const std::string& name, const std::string& field, const std::string& message) {
  return InvalidArgument("DERIVATION_INVALID", "variable " + name + ": " + message)
      .With("name", name)
      .WithViolations({{field + ".name", message}});
}

// The error of one part of a request: its own violations (characters, cells) stay, else the field is the violation.
Status AtField(const Status& status, const std::string& field) {
  if (status.code() != Code::kInvalidArgument) return status;
  std::vector<FieldViolation> violations = status.violations();
  const bool names_only = violations.size() <= 1 && status.reason() != "NOT_FINITE" && status.reason() != "NOT_NUMERIC";
  if (names_only) violations = {{field, status.message()}};
  Status located(status.code(), status.reason(), status.message());
  located.With("field", field);
  // A status that has been located already keeps its place.
  for (const auto& [key, value] : status.metadata()) located.With(key, value);
  return std::move(located).WithViolations(std::move(violations));
}

// Several bad columns: one error that lists them, with the reason of the first.
Status Together(std::vector<Status> errors) {
  if (errors.size() == 1) return std::move(errors[0]);
  std::vector<FieldViolation> violations;
  for (const Status& error : errors) {
    if (error.code() != Code::kInvalidArgument) return error;
    violations.insert(violations.end(), error.violations().begin(), error.violations().end());
  }
  std::string message = std::to_string(errors.size()) + " columns cannot be read";
  for (const Status& error : errors) message += "\n" + error.message();
  Status together(errors[0].code(), errors[0].reason(), std::move(message));
  for (const auto& [key, value] : errors[0].metadata()) together.With(key, value);
  return together.WithViolations(std::move(violations));
}

// Keys of an analysis that names other columns than the snapshot's.
Result<KeysPtr> KeysOfView(const Table& table, const ViewSpec& spec) {
  const std::string& unit_key = spec.unit_key.empty() ? table.keys->unit_key : spec.unit_key;
  const std::string& time_key = spec.time_key.empty() ? table.keys->time_key : spec.time_key;
  if (unit_key == table.keys->unit_key && time_key == table.keys->time_key) return table.keys;
  return KeysOf(table, unit_key, time_key, table.row_count());
}

Result<std::vector<std::int64_t>> FilteredRows(const Table& table, const std::string& where,
                                               const std::stop_token& stop) {
  std::vector<std::int64_t> rows;
  ColumnPtr condition;
  if (!where.empty()) {
    auto evaluated = expression::Evaluate(where, table, stop);
    if (!evaluated.ok()) return AtField(evaluated.status(), "table.where");
    condition = std::move(*evaluated);
    if (condition->is_text) {
      return AtField(InvalidArgument("EXPRESSION_INVALID", "a filter is a condition, not a text: " + where),
                     "table.where");
    }
  }
  for (std::size_t row = 0; row < table.row_count(); ++row) {
    const bool kept = !condition || (!std::isnan(condition->numbers[row]) && condition->numbers[row] != 0.0);
    if (kept) rows.push_back(static_cast<std::int64_t>(row));
  }
  return rows;
}

// Other keys need to be unique among the rows kept only: a table of several actors per province may be filtered to one.
Status CheckUniqueAmong(const Table& table, const std::vector<std::int64_t>& rows) {
  std::vector<std::string> units;
  std::vector<std::int64_t> times;
  for (const std::int64_t row : rows) {
    units.push_back(table.keys->units[static_cast<std::size_t>(row)]);
    if (table.keys->has_time()) times.push_back(table.keys->times[static_cast<std::size_t>(row)]);
  }
  const KeysPtr kept = MakeKeys("", "", std::move(units), std::move(times));
  Violations violations;
  for (const DuplicateRow& duplicate : FindDuplicates(*kept)) {
    const auto row = static_cast<std::size_t>(rows[duplicate.row]);
    const auto first = static_cast<std::size_t>(rows[duplicate.first]);
    violations.Add("row " + std::to_string(table.LineOf(row)),
                   table.keys->Describe(row) + " is already on row " + std::to_string(table.LineOf(first)));
  }
  return std::move(violations)
      .Finish("DUPLICATE_KEY",
              "several rows have the same unit and time: name the right key columns, or filter the rows");
}

std::string DerivationField(std::size_t index) { return "table.derivations[" + std::to_string(index) + "]"; }

// `checked` as in expression::Evaluate.
Status Derive(Table& table, const DerivationSpec& derivation, const std::string& field, const std::stop_token& stop,
              expression::CheckedRows checked) {
  if (derivation.name.empty()) return BadName("", field, "a name is required");
  if (!expression::IsPlainName(derivation.name)) {
    return BadName(derivation.name, field, "a name is a letter, then letters, digits, _ or .");
  }
  if (table.Find(derivation.name) != nullptr) {
    return BadName(derivation.name, field, "a column of that name exists already");
  }
  if (derivation.expression.empty()) {
    return InvalidArgument("EXPRESSION_INVALID", "variable " + derivation.name + " has no expression")
        .With("position", "0")
        .WithViolations({{field + ".expression", "required"}});
  }
  auto evaluated = expression::Evaluate(derivation.expression, table, stop, checked);
  if (!evaluated.ok()) return AtField(evaluated.status(), field + ".expression");
  auto column = std::make_shared<Column>(**evaluated);
  column->name = derivation.name;
  column->expression = derivation.expression;
  column->label = derivation.label;
  column->unit = derivation.unit;
  column->source.clear();
  table.columns.push_back(std::move(column));
  return Status::Ok();
}

// An error about a result that does not exist, traced to the derivation where it began if it began in one.
Status Traced(const Status& status, const Table& table, const ViewSpec& spec, expression::CheckedRows checked,
              const std::stop_token& stop) {
  if (status.reason() != "NOT_FINITE") return status;
  for (std::size_t index = 0; index < spec.derivations.size(); ++index) {
    const auto again = expression::Evaluate(spec.derivations[index].expression, table, stop, checked);
    if (!again.ok()) return AtField(again.status(), DerivationField(index) + ".expression");
  }
  return status;
}

}  // namespace

Status AddDerivation(Table& table, const DerivationSpec& derivation, const std::string& field,
                     const std::stop_token& stop) {
  return Derive(table, derivation, field, stop, nullptr);
}

Result<View> MakeView(const Table& table, const ViewSpec& spec, const std::stop_token& stop) {
  View view;
  view.table = table;
  FARRELL_ASSIGN_OR_RETURN(view.table.keys, KeysOfView(table, spec));
  const std::vector<bool> none(table.row_count(), false);
  for (std::size_t index = 0; index < spec.derivations.size(); ++index) {
    FARRELL_RETURN_IF_ERROR(Derive(view.table, spec.derivations[index], DerivationField(index), stop, &none));
  }
  auto rows = FilteredRows(view.table, spec.where, stop);
  if (!rows.ok()) return Traced(rows.status(), view.table, spec, nullptr, stop);
  view.rows = std::move(*rows);
  if (view.table.keys != table.keys) FARRELL_RETURN_IF_ERROR(CheckUniqueAmong(view.table, view.rows));

  std::vector<bool> kept = none;
  for (const std::int64_t row : view.rows) kept[static_cast<std::size_t>(row)] = true;
  std::vector<std::string> wanted = spec.columns;
  if (wanted.empty()) {
    for (const ColumnPtr& column : view.table.columns) wanted.push_back(column->name);
  }
  std::vector<Status> errors;
  for (std::size_t index = 0; index < wanted.size(); ++index) {
    auto evaluated = expression::Evaluate(wanted[index], view.table, stop, &kept);
    if (evaluated.ok()) {
      view.columns.push_back(std::move(*evaluated));
    } else {
      const Status traced = Traced(evaluated.status(), view.table, spec, &kept, stop);
      errors.push_back(AtField(traced, "columns[" + std::to_string(index) + "]"));
    }
  }
  if (!errors.empty()) return Together(std::move(errors));
  return view;
}

}  // namespace farrell::data
