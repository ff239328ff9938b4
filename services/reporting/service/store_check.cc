#include "services/reporting/service/store_check.h"

#include <algorithm>

#include "common/backup/table_rows.h"
#include "common/canonical/canonical.h"
#include "common/sql/blob_text.h"
#include "farrell/reporting/v1/reporting.pb.h"
#include "services/reporting/service/record_check.h"
#include "services/reporting/service/store_schema.h"

namespace farrell::reporting {
namespace {

using nlohmann::json;

// What a row is, for a person.
std::string PlaceOf(const std::string& table, const json& key, const json& second) {
  const auto name = key.get<std::string>();
  if (table == "reporting_steps") return "step " + name;
  if (table == "reporting_inputs") return "inputs of run " + name;
  if (table == "reporting_bundles") return "bundle of run " + name;
  if (table == "reporting_files") return "file " + second.get<std::string>() + " of run " + name;
  return "run " + name;
}

std::size_t PositionOf(const sql::StoredTable& table, const std::string& name) {
  std::size_t position = 0;
  while (table.columns[position].name != name) ++position;
  return position;
}

bool Has(const sql::StoredTable& table, const std::string& name) {
  return std::any_of(table.columns.begin(), table.columns.end(),
                     [&](const sql::StoredColumn& column) { return column.name == name; });
}

bool HasDigest(const std::string& content, const std::string& digest) {
  const Result<std::string> bytes = sql::DecodeBlob(content);
  return bytes.ok() && canonical::Sha256(*bytes) == digest;
}

// A run has no digest: it must be readable and be the one its row names.
bool IsRun(const std::string& content, const std::string& id) {
  const Result<std::string> bytes = sql::DecodeBlob(content);
  v1::Run run;
  return bytes.ok() && run.ParseFromString(*bytes) && run.id() == id;
}

}  // namespace

Result<sql::CheckReport> CheckStore(sql::Database& database, int version) {
  sql::CheckReport report;
  FARRELL_RETURN_IF_ERROR(sql::Read(database, [&](soci::session& session) -> Status {
    report = {};
    for (const sql::StoredTable& table : Schema().tables) {
      const bool is_run = table.name == "reporting_runs";
      // What schedules keep changes all the time and has no digest: record_check.h.
      if (table.since > version || !Has(table, "content") || !(is_run || Has(table, "digest"))) continue;
      const std::size_t content = PositionOf(table, "content");
      const std::size_t digest = is_run ? 0 : PositionOf(table, "digest");
      FARRELL_RETURN_IF_ERROR(backup::ReadRows(session, table, backup::ColumnsAt(table, version), [&](const json& row) {
        ++report.checked;
        const auto text = row[content].get<std::string>();
        const auto expected = row[digest].get<std::string>();
        if (!(is_run ? IsRun(text, expected) : HasDigest(text, expected))) {
          report.damages.push_back({PlaceOf(table.name, row[0], row[1]),
                                    is_run ? "it cannot be read" : "its content does not have its digest"});
        }
        return Status::Ok();
      }));
    }
    return CheckRecords(session, version, report);
  }));
  return report;
}

}  // namespace farrell::reporting
