#include "services/reporting/service/store_schema.h"

namespace farrell::reporting {
namespace {

using enum sql::ColumnKind;

std::vector<sql::Migration> Migrations() {
  return {{{"CREATE TABLE reporting_steps (action_key TEXT PRIMARY KEY, digest TEXT NOT NULL, content TEXT NOT NULL)",
            "CREATE TABLE reporting_runs (id TEXT PRIMARY KEY, started_ns BIGINT NOT NULL, state INTEGER NOT NULL, "
            "host TEXT NOT NULL, process BIGINT NOT NULL, content TEXT NOT NULL)",
            "CREATE INDEX reporting_runs_started ON reporting_runs (started_ns, id)",
            "CREATE TABLE reporting_files (run_id TEXT NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL, "
            "content TEXT NOT NULL, PRIMARY KEY (run_id, path))"}},
          {{"ALTER TABLE reporting_steps ADD COLUMN seconds DOUBLE PRECISION",
            "CREATE TABLE reporting_inputs (run_id TEXT PRIMARY KEY, digest TEXT NOT NULL, content TEXT NOT NULL)"},
           sql::Effect::kExpands}};
}

std::vector<sql::StoredTable> Tables() {
  return {
      {.name = "reporting_steps",
       .columns = {{"action_key"}, {"digest"}, {"content"}, {"seconds", kReal, 2}},
       .key = {"action_key"},
       .page = 8},
      {.name = "reporting_runs",
       .columns = {{"id"}, {"started_ns", kInteger}, {"state", kInteger}, {"host"}, {"process", kInteger}, {"content"}},
       .key = {"id"},
       .page = 8},
      {.name = "reporting_files",
       .columns = {{"run_id"}, {"path"}, {"digest"}, {"content"}},
       .key = {"run_id", "path"},
       .page = 8},
      {.name = "reporting_inputs",
       .columns = {{"run_id"}, {"digest"}, {"content"}},
       .key = {"run_id"},
       .since = 2,
       .page = 8},
  };
}

}  // namespace

const sql::Component& Schema() {
  static const sql::Component schema = {"reporting", Migrations(), Tables()};
  return schema;
}

}  // namespace farrell::reporting
