#include "services/dea/engine/observations.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "common/text/number.h"
#include "services/dea/engine/model_check.h"

namespace farrell::dea {
namespace {

std::string Text(double value) {
  char buffer[32];
  char* const end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  return {buffer, end};
}

std::string RowName(const Panel& panel, std::size_t row) {
  std::string name = "unit " + panel.units[row];
  if (panel.has_time()) name += ", time " + std::to_string(panel.times[row]);
  return name;
}

// What is wrong with a cell, or empty.
std::string CellProblem(double value, bool negative_allowed) {
  if (std::isnan(value)) return "is missing; fill it, filter the row out, or exclude invalid rows";
  if (!std::isfinite(value)) return "is infinite";
  if (value < 0 && !negative_allowed) {
    return "is negative (" + Text(value) + "); this model needs data >= 0 (the range directional model takes any sign)";
  }
  const double size = std::abs(value);
  if (size > kLargestCell || (size > 0 && size < kSmallestCell)) {
    return "is out of range (" + Text(value) + "); data other than 0 must lie in [1e-100, 1e100]";
  }
  return {};
}

// The text of a cell of a role or group column; numbers print shortest, so that 1.0 reads "1".
std::string CellText(const PanelColumn& column, std::size_t row) {
  if (column.is_text) return column.texts[row];
  const double value = column.numbers[row];
  return std::isnan(value) ? std::string() : Text(value);
}

// The rows that a column marks: by `value`, or, where that is empty, by any of `usual`, "1" and "true".
class Mark {
 public:
  Mark(const Panel& panel, const std::string& column, const std::string& value, std::string_view usual)
      : column_(column.empty() ? nullptr : panel.Find(column)), value_(value), usual_(usual) {}

  bool Marks(std::size_t row) const {
    if (column_ == nullptr) return false;
    const std::string text = CellText(*column_, row);
    return value_.empty() ? text == usual_ || text == "1" || text == "true" : text == value_;
  }

 private:
  const PanelColumn* column_;
  const std::string& value_;
  std::string_view usual_;
};

// The numbers of a column; the cells of a text column that are not numbers are named and count as missing.
std::vector<double> NumbersOf(const Panel& panel, const PanelColumn& column, Violations& violations) {
  if (!column.is_text) return column.numbers;
  std::vector<double> numbers(panel.size(), std::nan(""));
  for (std::size_t row = 0; row < panel.size(); ++row) {
    const std::string& cell = column.texts[row];
    if (cell.empty()) continue;
    if (const auto number = text::ParseReal(cell)) {
      numbers[row] = *number;
    } else {
      violations.Add(RowName(panel, row) + ", column " + column.name, "'" + cell + "' is not a number");
    }
  }
  return numbers;
}

// The columns of the model, and a violation for each measure that holds text.
Status FindColumns(const Panel& panel, const Model& model, std::vector<const PanelColumn*>& measures,
                   Violations& wrong) {
  Violations missing;
  const auto find = [&](const std::string& name, const std::string& field) {
    const PanelColumn* column = panel.Find(name);
    if (column == nullptr) missing.Add(field, "no column " + name);
    return column;
  };
  const auto find_measures = [&](const std::vector<std::string>& names, const std::string& field) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      const std::string path = field + "[" + std::to_string(i) + "]";
      const PanelColumn* column = find(names[i], path);
      if (column != nullptr && column->is_text) {
        wrong.Add(path, "column " + names[i] + " holds text, numbers are needed");
      }
      measures.push_back(column);
    }
  };
  find_measures(model.inputs, "model.inputs");
  find_measures(model.outputs, "model.outputs");
  find_measures(model.bad_outputs, "model.bad_outputs");
  if (model.direction.kind == DirectionKind::kColumns)
    find_measures(model.direction.columns, "model.direction.columns");
  if (!model.metafrontier_column.empty()) find(model.metafrontier_column, "model.metafrontier_column");
  if (!model.frontier.group_column.empty()) find(model.frontier.group_column, "model.frontier.group_column");
  if (!model.reference_only_column.empty()) find(model.reference_only_column, "model.reference_only_column");
  if (!model.frozen_out_column.empty()) find(model.frozen_out_column, "model.frozen_out_column");
  if (!missing.empty()) {
    const Status found = std::move(missing).Finish("COLUMN_NOT_FOUND", "the table lacks columns of the model");
    return NotFound(found.reason(), found.message()).WithViolations(found.violations());
  }
  return Status::Ok();
}

// Dense codes of a group column in order of its text; empty without a column. Adds to the count of empty cells.
std::vector<std::int32_t> GroupCodes(const Panel& panel, const std::string& name, std::int64_t& without_group) {
  std::vector<std::int32_t> result;
  if (name.empty()) return result;
  const PanelColumn& column = *panel.Find(name);
  std::map<std::string, std::int32_t> codes;
  for (std::size_t row = 0; row < panel.size(); ++row) {
    std::string text = CellText(column, row);
    if (text.empty()) ++without_group;
    codes[std::move(text)] = 0;
  }
  std::int32_t next = 0;
  for (auto& [text, code] : codes) code = next++;
  result.reserve(panel.size());
  for (std::size_t row = 0; row < panel.size(); ++row) result.push_back(codes[CellText(column, row)]);
  return result;
}

// Whether the orientation lets a measure change: inputs not in the output orientation, outputs not in the input one.
bool Moves(const Model& model, std::size_t measure) {
  if (measure < model.inputs.size()) return model.orientation != Orientation::kOutput;
  if (measure < model.inputs.size() + model.outputs.size()) return model.orientation != Orientation::kInput;
  return true;
}

}  // namespace

Result<Observations> MakeObservations(const Panel& panel, const Model& model) {
  Violations model_violations;
  CheckModel(model, "model.", model_violations);
  if (model.frontier.scheme != FrontierScheme::kContemporaneous && model.frontier.scheme != FrontierScheme::kGlobal &&
      !panel.has_time()) {
    model_violations.Add("model.frontier.scheme", "sequential, window and biennial frontiers need a time key");
  }
  if (model.frontier.scheme == FrontierScheme::kWindow && panel.has_time()) {
    const std::set<std::int64_t> periods(panel.times.begin(), panel.times.end());
    if (model.frontier.window > static_cast<std::int64_t>(periods.size())) {
      model_violations.Add("model.frontier.window",
                           "must not exceed the number of periods, " + std::to_string(periods.size()));
    }
  }
  FARRELL_RETURN_IF_ERROR(std::move(model_violations).Finish("MODEL_INVALID", "the model cannot be evaluated"));
  std::vector<const PanelColumn*> columns;
  Violations cells;
  FARRELL_RETURN_IF_ERROR(FindColumns(panel, model, columns, cells));
  std::vector<std::vector<double>> numbers;
  for (const PanelColumn* column : columns) numbers.push_back(NumbersOf(panel, *column, cells));
  const auto is_text = [](const PanelColumn* column, std::size_t row, double value) {
    return column->is_text && std::isnan(value) && !column->texts[row].empty();
  };

  Observations data;
  data.input_count = static_cast<int>(model.inputs.size());
  data.output_count = static_cast<int>(model.outputs.size());
  data.bad_count = static_cast<int>(model.bad_outputs.size());
  data.times = panel.times;
  data.roles.assign(panel.size(), RowRole::kScored);
  const std::size_t dimension = static_cast<std::size_t>(data.dimension());
  data.cells.resize(panel.size() * dimension);
  if (columns.size() > dimension) data.directions.resize(panel.size() * dimension);
  const bool negative_allowed = AllowsNegativeData(model);
  const bool needs_positive = NeedsPositiveSides(model);
  const Mark reference_only(panel, model.reference_only_column, model.reference_only_value, "reference_only");
  const Mark frozen_out(panel, model.frozen_out_column, model.frozen_out_value, "frozen_out");
  for (std::size_t row = 0; row < panel.size(); ++row) {
    if (frozen_out.Marks(row)) data.roles[row] = RowRole::kFrozenOut;
    if (reference_only.Marks(row)) {
      if (data.roles[row] == RowRole::kFrozenOut) {
        cells.Add(RowName(panel, row) + ", column " + model.frozen_out_column,
                  "is frozen out and reference-only at once; mark the row as one of the two");
      }
      data.roles[row] = RowRole::kReferenceOnly;
    }
    if (row > 0 && panel.units[row] == panel.units[row - 1] &&
        (!panel.has_time() || panel.times[row] == panel.times[row - 1])) {
      cells.Add(RowName(panel, row), panel.has_time() ? "appears twice" : "appears twice; a panel needs its time key");
    }
    bool valid = true;
    bool positive[2] = {!needs_positive, !needs_positive};
    bool directed = columns.size() == dimension;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const double value = numbers[c][row];
      const bool is_direction = c >= dimension;
      (is_direction ? data.directions[row * dimension + c - dimension] : data.cells[row * dimension + c]) =
          value + 0.0;  // -0 becomes +0
      const std::string problem = CellProblem(value, negative_allowed && !is_direction);
      if (problem.empty()) {
        if (c < model.inputs.size() + model.outputs.size()) positive[c < model.inputs.size() ? 0 : 1] |= value > 0;
        directed |= is_direction && value > 0 && Moves(model, c - dimension);
        continue;
      }
      if (valid) positive[0] = positive[1] = directed = true;  // the row's cells are named, not its sums
      valid = false;
      if (model.invalid_data == InvalidDataPolicy::kError && !is_text(columns[c], row, value)) {
        cells.Add(RowName(panel, row) + ", column " + columns[c]->name, problem);
      }
    }
    const auto refuse = [&](const std::vector<std::string>& names, const char* problem) {
      valid = false;
      if (model.invalid_data != InvalidDataPolicy::kError) return;
      std::string list;
      for (const std::string& name : names) list += (list.empty() ? "" : ", ") + name;
      cells.Add(RowName(panel, row) + ", column " + list, problem);
    };
    if (!positive[0]) refuse(model.inputs, "no input is positive (value 0)");
    if (!positive[1]) refuse(model.outputs, "no output is positive (value 0)");
    if (!directed) refuse(model.direction.columns, "the direction is 0 in every measure that moves");
    if (!valid) data.roles[row] = RowRole::kExcluded;
  }
  if (!cells.empty()) {
    const std::string count = std::to_string(cells.size());
    return std::move(cells).Finish("DATA_INVALID",
                                   count + (count == "1" ? " problem" : " problems") + " in the data of the model");
  }
  data.groups = GroupCodes(panel, model.frontier.group_column, data.rows_without_group);
  data.metafrontier_groups = GroupCodes(panel, model.metafrontier_column, data.rows_without_group);
  return data;
}

}  // namespace farrell::dea
