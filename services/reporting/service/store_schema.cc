#include "services/reporting/service/store_schema.h"

namespace farrell::reporting {
namespace {

using enum sql::ColumnKind;

std::vector<sql::Migration> Migrations() {
  return {
      {{"CREATE TABLE reporting_steps (action_key TEXT PRIMARY KEY, digest TEXT NOT NULL, content TEXT NOT NULL)",
        "CREATE TABLE reporting_runs (id TEXT PRIMARY KEY, started_ns BIGINT NOT NULL, state INTEGER NOT NULL, "
        "host TEXT NOT NULL, process BIGINT NOT NULL, content TEXT NOT NULL)",
        "CREATE INDEX reporting_runs_started ON reporting_runs (started_ns, id)",
        "CREATE TABLE reporting_files (run_id TEXT NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL, "
        "content TEXT NOT NULL, PRIMARY KEY (run_id, path))"}},
      {{"ALTER TABLE reporting_steps ADD COLUMN seconds DOUBLE PRECISION",
        "CREATE TABLE reporting_inputs (run_id TEXT PRIMARY KEY, digest TEXT NOT NULL, content TEXT NOT NULL)"},
       sql::Effect::kExpands},
      {{"ALTER TABLE reporting_steps ADD COLUMN kept_ns BIGINT",
        "ALTER TABLE reporting_runs ADD COLUMN alive_ns BIGINT",
        "CREATE TABLE reporting_bundles (run_id TEXT PRIMARY KEY, digest TEXT NOT NULL, content TEXT NOT NULL)",
        "CREATE TABLE reporting_holds (run_id TEXT NOT NULL, name TEXT NOT NULL, reason TEXT NOT NULL, "
        "placed_by TEXT NOT NULL, placed_ns BIGINT NOT NULL, until_ns BIGINT NOT NULL, PRIMARY KEY (run_id, name))",
        "CREATE TABLE reporting_removals (run_id TEXT PRIMARY KEY, study_id TEXT NOT NULL, started_at TEXT NOT NULL, "
        "removed_ns BIGINT NOT NULL, removed_by TEXT NOT NULL, reason TEXT NOT NULL)"},
       sql::Effect::kExpands},
      {{"CREATE TABLE reporting_leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, host TEXT NOT NULL, "
        "process BIGINT NOT NULL, fence BIGINT NOT NULL, alive_ns BIGINT NOT NULL)",
        "CREATE TABLE reporting_schedules (id TEXT PRIMARY KEY, project TEXT NOT NULL, name TEXT NOT NULL, "
        "looked_through_ns BIGINT NOT NULL, content TEXT NOT NULL)",
        "CREATE UNIQUE INDEX reporting_schedules_name ON reporting_schedules (project, name)",
        "CREATE TABLE reporting_scheduled (id TEXT PRIMARY KEY, schedule_id TEXT NOT NULL, nominal_ns BIGINT NOT NULL, "
        "state INTEGER NOT NULL, not_before_ns BIGINT NOT NULL, owner TEXT NOT NULL, host TEXT NOT NULL, "
        "process BIGINT NOT NULL, alive_ns BIGINT NOT NULL, cancelled_for TEXT NOT NULL, content TEXT NOT NULL)",
        "CREATE INDEX reporting_scheduled_open ON reporting_scheduled (state, schedule_id)",
        "CREATE INDEX reporting_scheduled_nominal ON reporting_scheduled (schedule_id, nominal_ns)",
        "CREATE TABLE reporting_arrivals (schedule_id TEXT NOT NULL, sequence BIGINT NOT NULL, seen_ns BIGINT NOT "
        "NULL, "
        "ended INTEGER NOT NULL, content TEXT NOT NULL, PRIMARY KEY (schedule_id, sequence))",
        "CREATE TABLE reporting_publications (sequence BIGINT PRIMARY KEY, project TEXT NOT NULL, study_id TEXT NOT "
        "NULL, "
        "run_id TEXT NOT NULL, content TEXT NOT NULL)",
        "CREATE INDEX reporting_publications_study ON reporting_publications (project, study_id, sequence)",
        "CREATE TABLE reporting_notifications (id TEXT PRIMARY KEY, schedule_id TEXT NOT NULL, state INTEGER NOT NULL, "
        "first_ns BIGINT NOT NULL, next_ns BIGINT NOT NULL, content TEXT NOT NULL)",
        "CREATE INDEX reporting_notifications_next ON reporting_notifications (state, next_ns)",
        "CREATE TABLE reporting_run_events (run_id TEXT NOT NULL, sequence BIGINT NOT NULL, content TEXT NOT NULL, "
        "PRIMARY KEY (run_id, sequence))"},
       sql::Effect::kExpands}};
}

std::vector<sql::StoredTable> Tables() {
  return {
      {.name = "reporting_steps",
       .columns = {{"action_key"}, {"digest"}, {"content"}, {"seconds", kReal, 2}, {"kept_ns", kInteger, 3}},
       .key = {"action_key"},
       .page = 8},
      {.name = "reporting_runs",
       .columns = {{"id"},
                   {"started_ns", kInteger},
                   {"state", kInteger},
                   {"host"},
                   {"process", kInteger},
                   {"content"},
                   {"alive_ns", kInteger, 3}},
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
      {.name = "reporting_bundles",
       .columns = {{"run_id"}, {"digest"}, {"content"}},
       .key = {"run_id"},
       .since = 3,
       .page = 1},
      {.name = "reporting_holds",
       .columns = {{"run_id"}, {"name"}, {"reason"}, {"placed_by"}, {"placed_ns", kInteger}, {"until_ns", kInteger}},
       .key = {"run_id", "name"},
       .since = 3},
      {.name = "reporting_removals",
       .columns = {{"run_id"}, {"study_id"}, {"started_at"}, {"removed_ns", kInteger}, {"removed_by"}, {"reason"}},
       .key = {"run_id"},
       .since = 3},
      {.name = "reporting_leases",
       .columns = {{"name"}, {"holder"}, {"host"}, {"process", kInteger}, {"fence", kInteger}, {"alive_ns", kInteger}},
       .key = {"name"},
       .since = 4},
      {.name = "reporting_schedules",
       .columns = {{"id"}, {"project"}, {"name"}, {"looked_through_ns", kInteger}, {"content"}},
       .key = {"id"},
       .since = 4,
       .page = 8},
      {.name = "reporting_scheduled",
       .columns = {{"id"},
                   {"schedule_id"},
                   {"nominal_ns", kInteger},
                   {"state", kInteger},
                   {"not_before_ns", kInteger},
                   {"owner"},
                   {"host"},
                   {"process", kInteger},
                   {"alive_ns", kInteger},
                   {"cancelled_for"},
                   {"content"}},
       .key = {"id"},
       .since = 4},
      {.name = "reporting_arrivals",
       .columns = {{"schedule_id"}, {"sequence", kInteger}, {"seen_ns", kInteger}, {"ended", kInteger}, {"content"}},
       .key = {"schedule_id", "sequence"},
       .since = 4},
      {.name = "reporting_publications",
       .columns = {{"sequence", kInteger}, {"project"}, {"study_id"}, {"run_id"}, {"content"}},
       .key = {"sequence"},
       .since = 4,
       .page = 8},
      {.name = "reporting_notifications",
       .columns =
           {{"id"}, {"schedule_id"}, {"state", kInteger}, {"first_ns", kInteger}, {"next_ns", kInteger}, {"content"}},
       .key = {"id"},
       .since = 4,
       .page = 8},
      {.name = "reporting_run_events",
       .columns = {{"run_id"}, {"sequence", kInteger}, {"content"}},
       .key = {"run_id", "sequence"},
       .since = 4},
  };
}

}  // namespace

const sql::Component& Schema() {
  static const sql::Component schema = {"reporting", Migrations(), Tables()};
  return schema;
}

}  // namespace farrell::reporting
