#include "services/reporting/engine/run_record.h"

#include <map>
#include <nlohmann/json.hpp>

namespace farrell::reporting {
namespace {

// The first of a name as it is, the second with "#2".
std::string Unique(const std::string& name, std::map<std::string, int>& seen) {
  const int count = ++seen[name];
  return count == 1 ? name : name + "#" + std::to_string(count);
}

void ReadTable(const std::string& id, const nlohmann::json& table, std::vector<CellRecord>& cells) {
  std::vector<std::pair<std::string, std::string>> columns;
  std::map<std::string, int> column_ids, panel_titles;
  for (const nlohmann::json& column : table.at("columns")) {
    columns.emplace_back(Unique(column.at("id").get<std::string>(), column_ids), column.at("label").get<std::string>());
  }
  for (const nlohmann::json& panel : table.at("panels")) {
    const std::string title = Unique(panel.at("title").get<std::string>(), panel_titles);
    std::map<std::string, int> row_ids;
    std::string label;
    for (const nlohmann::json& row : panel.at("rows")) {
      const std::string row_id = Unique(row.at("id").get<std::string>(), row_ids);
      if (const std::string own = row.at("label").get<std::string>(); !own.empty()) label = own;
      const nlohmann::json& row_cells = row.at("cells");
      for (std::size_t i = 0; i < row_cells.size() && i < columns.size(); ++i) {
        const nlohmann::json& cell = row_cells[i];
        if (cell.is_null()) continue;
        CellRecord& record = cells.emplace_back();
        record.table = id;
        record.panel = title;
        record.row = row_id;
        record.column = columns[i].first;
        record.row_label = label;
        record.column_label = columns[i].second;
        if (cell.at("value").is_number()) record.number = cell.at("value").get<double>();
        record.printed = cell.at("printed").get<std::string>();
        record.stars = cell.value("stars", "");
      }
    }
  }
}

}  // namespace

std::string CellRecord::Key() const { return table + '\n' + panel + '\n' + row + '\n' + column; }

Result<ReportRecord> ReadReportRecord(const std::string& json) {
  try {
    const nlohmann::json report = nlohmann::json::parse(json);
    ReportRecord record;
    record.snapshot_digest = report.at("data").at("snapshot_digest").get<std::string>();
    for (const nlohmann::json& table : report.at("tables"))
      ReadTable(table.at("id").get<std::string>(), table, record.cells);
    for (const nlohmann::json& figure : report.at("figures")) {
      ReadTable("figure:" + figure.at("id").get<std::string>(), figure.at("data"), record.cells);
    }
    for (const nlohmann::json& rule : report.at("rules")) {
      record.sentences.push_back({rule.at("id").get<std::string>(), "rule",
                                  rule.at("severity").get<std::string>() + ": " + rule.at("text").get<std::string>()});
    }
    for (const nlohmann::json& claim : report.at("claims")) {
      const std::string refused = claim.at("refused_by").get<std::string>();
      record.sentences.push_back({claim.at("id").get<std::string>(), "claim",
                                  refused.empty() ? claim.at("text").get<std::string>() : "refused by " + refused});
    }
    for (const nlohmann::json& step : report.at("provenance")) {
      record.steps.push_back({step.at("step").get<std::string>(), step.at("action_key").get<std::string>(),
                              step.at("engine").get<std::string>(), step.at("algo_rev").get<std::int64_t>(),
                              step.at("num_abi").get<std::string>()});
    }
    return record;
  } catch (const nlohmann::json::exception& error) {
    return Status(Code::kDataLoss, "REPORT_CORRUPT", std::string("report.json cannot be read: ") + error.what());
  }
}

}  // namespace farrell::reporting
