#include "services/reporting/engine/json_text.h"
#include "services/reporting/engine/table_json.h"

namespace farrell::reporting {
namespace {

using Json = nlohmann::ordered_json;

Json CellJson(const Cell& cell) {
  Json json = Json::object();
  switch (cell.kind) {
    case Cell::Kind::kEmpty: return nullptr;
    case Cell::Kind::kText: json["value"] = cell.text; break;
    case Cell::Kind::kReal: json["value"] = cell.real; break;
    case Cell::Kind::kCount: json["value"] = cell.count; break;
  }
  json["printed"] = CellText(cell);
  if (!cell.stars.empty()) json["stars"] = cell.stars;
  return json;
}

std::string RoleName(Row::Role role) {
  switch (role) {
    case Row::Role::kBody: return "body";
    case Row::Role::kCoefficient: return "coefficient";
    case Row::Role::kStdError: return "std_error";
    case Row::Role::kBootstrapP: return "wild_p";
    case Row::Role::kStat: return "stat";
  }
  return {};
}

}  // namespace

Json TableJson(const Table& table) {
  Json json = Json::object();
  json["id"] = table.id;
  json["number"] = table.number;
  json["title"] = table.title;
  json["kind"] = table.kind;
  json["stub"] = table.stub;
  json["synthetic"] = table.synthetic;
  json["columns"] = Json::array();
  for (const Column& column : table.columns) {
    json["columns"].push_back({{"id", column.id}, {"label", column.label}, {"text", column.text}});
  }
  json["spanners"] = Json::array();
  for (const Spanner& spanner : table.spanners) {
    json["spanners"].push_back({{"label", spanner.label}, {"first", spanner.first}, {"last", spanner.last}});
  }
  json["panels"] = Json::array();
  for (const Panel& panel : table.panels) {
    Json rows = Json::array();
    for (const Row& row : panel.rows) {
      Json cells = Json::array();
      for (const Cell& cell : row.cells) cells.push_back(CellJson(cell));
      rows.push_back({{"id", row.id},
                      {"label", row.label},
                      {"role", RoleName(row.role)},
                      {"rule_above", row.rule_above},
                      {"cells", std::move(cells)}});
    }
    json["panels"].push_back({{"title", panel.title}, {"rows", std::move(rows)}});
  }
  json["notes"] = table.notes;
  json["provenance"] = table.provenance;
  return json;
}

std::string RenderJson(const Table& table) { return JsonText(TableJson(table)); }

}  // namespace farrell::reporting
