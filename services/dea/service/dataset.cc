#include "services/dea/service/dataset.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "common/panel/panel_client.h"

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

}  // namespace farrell::dea
