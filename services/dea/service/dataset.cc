#include "services/dea/service/dataset.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/panel/panel_client.h"
#include "services/dea/service/warnings.h"

namespace farrell::dea {

Status CheckTable(const common::v1::TableSpec& table, const std::string& prefix) {
  Violations violations;
  if (table.snapshot_digest().empty()) {
    violations.Add(prefix + "table.snapshot_digest", "name a snapshot by its digest");
  }
  return std::move(violations).Finish("TABLE_INVALID", "the request names no table");
}

Status CheckRowCount(const Panel& panel) {
  if (static_cast<std::int64_t>(panel.size()) <= kMaxRowCount) return Status::Ok();
  return InvalidArgument("TABLE_TOO_LARGE", "the table has " + std::to_string(panel.size()) + " rows, at most " +
                                                std::to_string(kMaxRowCount) + " can be evaluated; filter it");
}

std::vector<std::size_t> TableOrder(const Panel& panel) {
  std::vector<std::size_t> order(panel.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return panel.rows[a] < panel.rows[b]; });
  return order;
}

Result<std::unique_ptr<Dataset>> ReadDataset(data::v1::DataService::StubInterface& data,
                                             const common::v1::TableSpec& table, EvaluationSpec spec,
                                             const std::vector<std::string>& more_columns, const std::string& prefix,
                                             const std::stop_token& stop) {
  FARRELL_RETURN_IF_ERROR(CheckTable(table, prefix));
  auto dataset = std::make_unique<Dataset>();
  dataset->snapshot_digest = table.snapshot_digest();
  dataset->spec = std::move(spec);
  std::vector<std::string> columns = ColumnsOf(dataset->spec.model);
  for (const std::string& name : more_columns) {
    if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
  }
  FARRELL_ASSIGN_OR_RETURN(dataset->panel, ReadPanel(data, table, columns, stop));
  FARRELL_RETURN_IF_ERROR(CheckRowCount(dataset->panel));
  FARRELL_ASSIGN_OR_RETURN(dataset->data, MakeObservations(dataset->panel, dataset->spec.model));
  return dataset;
}

Result<std::unique_ptr<Dataset>> ReadDataset(data::v1::DataService::StubInterface& data,
                                             const common::v1::TableSpec& table, const v1::Model& model,
                                             const std::string& prefix, const std::stop_token& stop) {
  FARRELL_RETURN_IF_ERROR(CheckTable(table, prefix));
  FARRELL_ASSIGN_OR_RETURN(EvaluationSpec spec, SpecFromProto(model, prefix + "model."));
  FARRELL_ASSIGN_OR_RETURN(std::unique_ptr<Dataset> dataset,
                           ReadDataset(data, table, std::move(spec), {}, prefix, stop));
  dataset->requested = CompleteModel(model);
  return dataset;
}

void AddDataWarnings(const Dataset& dataset, google::protobuf::RepeatedPtrField<common::v1::Warning>& warnings) {
  const Model& model = dataset.spec.model;
  const auto& roles = dataset.data.roles;
  const auto excluded = std::count(roles.begin(), roles.end(), RowRole::kExcluded);
  if (excluded > 0) {
    AddWarning(warnings, "ROWS_EXCLUDED",
               std::to_string(excluded) +
                   " rows with invalid cells, or without a positive input or output, were left "
                   "out.");
  }
  const auto warn_of_none = [&](RowRole role, const std::string& column, const char* code, const std::string& text) {
    if (column.empty() || std::find(roles.begin(), roles.end(), role) != roles.end()) return;
    AddWarning(warnings, code, text + ".");
  };
  const auto or_usual = [](const std::string& value, const char* usual) { return value.empty() ? usual : value; };
  warn_of_none(RowRole::kReferenceOnly, model.reference_only_column, "NO_REFERENCE_ONLY_ROWS",
               "No row is reference-only: " + model.reference_only_column + " is nowhere " +
                   or_usual(model.reference_only_value, "reference_only, 1 or true"));
  warn_of_none(RowRole::kFrozenOut, model.frozen_out_column, "NO_FROZEN_OUT_ROWS",
               "No row is frozen out: " + model.frozen_out_column + " is nowhere " +
                   or_usual(model.frozen_out_value, "frozen_out, 1 or true"));
  if (dataset.data.rows_without_group > 0) {
    AddWarning(warnings, "ROWS_WITHOUT_GROUP",
               std::to_string(dataset.data.rows_without_group) + " rows have no " +
                   (model.frontier.group_column.empty() ? model.metafrontier_column : model.frontier.group_column) +
                   "; they are a group of their own.");
  }
}

}  // namespace farrell::dea
