#include "services/data/service/schema.h"

namespace farrell::data {
namespace {

using enum sql::ColumnKind;

// NOLINTBEGIN(bugprone-suspicious-missing-comma): long statements are written on several lines
std::vector<sql::Migration> Migrations() {
  return {
      {{
          "CREATE TABLE data_columns (digest TEXT PRIMARY KEY, body TEXT NOT NULL)",
          "CREATE TABLE data_snapshots (digest TEXT PRIMARY KEY, unit_key TEXT NOT NULL, time_key TEXT NOT NULL,"
          " row_count BIGINT NOT NULL, unit_count BIGINT NOT NULL, synthetic INTEGER NOT NULL, known_at TEXT NOT NULL,"
          " source TEXT NOT NULL, first_line BIGINT NOT NULL, row_order TEXT NOT NULL, base TEXT NOT NULL)",
          "CREATE INDEX data_snapshots_base ON data_snapshots (base)",
          "CREATE TABLE data_snapshot_columns (snapshot TEXT NOT NULL REFERENCES data_snapshots (digest) ON DELETE "
          "CASCADE,"
          " position INTEGER NOT NULL, name TEXT NOT NULL, is_text INTEGER NOT NULL,"
          " digest TEXT NOT NULL REFERENCES data_columns (digest), missing_count BIGINT NOT NULL, label TEXT NOT NULL,"
          " unit TEXT NOT NULL, source TEXT NOT NULL, expression TEXT NOT NULL, PRIMARY KEY (snapshot, position))",
          "CREATE INDEX data_snapshot_columns_digest ON data_snapshot_columns (digest)",
          "CREATE TABLE data_snapshot_periods (snapshot TEXT NOT NULL REFERENCES data_snapshots (digest) ON DELETE "
          "CASCADE,"
          " position INTEGER NOT NULL, has_period INTEGER NOT NULL, period BIGINT NOT NULL, digest TEXT NOT NULL,"
          " row_count BIGINT NOT NULL, PRIMARY KEY (snapshot, position))",
          "CREATE TABLE data_releases (dataset TEXT NOT NULL, name TEXT NOT NULL, sequence BIGINT NOT NULL UNIQUE,"
          " snapshot TEXT NOT NULL REFERENCES data_snapshots (digest), PRIMARY KEY (dataset, name))",
          "CREATE INDEX data_releases_snapshot ON data_releases (snapshot)",
      }},
      // Projects. The releases of none stay where programs of version 1 look for them, which see no others.
      {{
           "ALTER TABLE data_releases ADD COLUMN embargo_until BIGINT NOT NULL DEFAULT 0",
           "ALTER TABLE data_snapshots ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0",
           "CREATE TABLE data_project_releases (project TEXT NOT NULL, dataset TEXT NOT NULL, name TEXT NOT NULL,"
           " sequence BIGINT NOT NULL, snapshot TEXT NOT NULL REFERENCES data_snapshots (digest),"
           " embargo_until BIGINT NOT NULL, PRIMARY KEY (project, dataset, name))",
           "CREATE INDEX data_project_releases_snapshot ON data_project_releases (snapshot)",
           // What holds a snapshot beside its releases (holdings.h).
           "CREATE TABLE data_holdings (snapshot TEXT NOT NULL REFERENCES data_snapshots (digest) ON DELETE CASCADE,"
           " project TEXT NOT NULL, source_project TEXT NOT NULL, dataset TEXT NOT NULL, release TEXT NOT NULL,"
           " embargo_until BIGINT NOT NULL, PRIMARY KEY (snapshot, project, source_project, dataset, release))",
           "CREATE INDEX data_holdings_source ON data_holdings (source_project, dataset, release)",
           "CREATE INDEX data_holdings_project ON data_holdings (project)",
           "INSERT INTO data_holdings (snapshot, project, source_project, dataset, release, embargo_until)"
           " WITH RECURSIVE derived (snapshot, dataset, release) AS ("
           " SELECT s.digest, r.dataset, r.name FROM data_releases r JOIN data_snapshots s ON s.base = r.snapshot"
           " UNION SELECT s.digest, d.dataset, d.release FROM derived d JOIN data_snapshots s ON s.base = d.snapshot)"
           " SELECT snapshot, '', '', dataset, release, 0 FROM derived",
       },
       sql::Effect::kExpands},
      // Arrivals (arrival_rows.h). Programs of version 2 remove a snapshot without asking what was delivered.
      {{
           "CREATE TABLE data_arrivals (project TEXT NOT NULL, dataset TEXT NOT NULL, name TEXT NOT NULL,"
           " known_at TEXT NOT NULL, recorded_at BIGINT NOT NULL, source_digest TEXT NOT NULL,"
           " is_update INTEGER NOT NULL, announced INTEGER NOT NULL,"
           " delivered TEXT NOT NULL REFERENCES data_snapshots (digest) ON DELETE CASCADE,"
           " PRIMARY KEY (project, dataset, name))",
           "CREATE INDEX data_arrivals_delivered ON data_arrivals (delivered)",
           "CREATE INDEX data_arrivals_announced ON data_arrivals (announced)",
           "CREATE TABLE data_events (sequence BIGINT NOT NULL PRIMARY KEY, project TEXT NOT NULL,"
           " dataset TEXT NOT NULL, name TEXT NOT NULL, kind INTEGER NOT NULL, snapshot TEXT NOT NULL,"
           " known_at TEXT NOT NULL, recorded_at BIGINT NOT NULL, source_digest TEXT NOT NULL,"
           " is_update INTEGER NOT NULL, embargo_until BIGINT NOT NULL)",
           "CREATE INDEX data_events_dataset ON data_events (project, dataset)",
           "CREATE TABLE data_event_periods (event BIGINT NOT NULL REFERENCES data_events (sequence) ON DELETE CASCADE,"
           " position INTEGER NOT NULL, has_period INTEGER NOT NULL, period BIGINT NOT NULL, revised BIGINT NOT NULL,"
           " appeared BIGINT NOT NULL, vanished BIGINT NOT NULL, frozen INTEGER NOT NULL, state INTEGER NOT NULL,"
           " PRIMARY KEY (event, position))",
           "CREATE TABLE data_expected (project TEXT NOT NULL, dataset TEXT NOT NULL, kind INTEGER NOT NULL,"
           " position INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (project, dataset, kind, position))",
           "CREATE TABLE data_breaks (project TEXT NOT NULL, dataset TEXT NOT NULL, snapshot TEXT NOT NULL,"
           " variable TEXT NOT NULL, period BIGINT NOT NULL, kind INTEGER NOT NULL, note TEXT NOT NULL,"
           " PRIMARY KEY (project, dataset, snapshot, variable, period))",
           "CREATE INDEX data_breaks_snapshot ON data_breaks (snapshot)",
           "CREATE TABLE data_frozen (project TEXT NOT NULL, dataset TEXT NOT NULL, period BIGINT NOT NULL,"
           " frozen_at BIGINT NOT NULL, PRIMARY KEY (project, dataset, period))",
           // A view of several releases, which all have to be open (holdings.h).
           "CREATE TABLE data_views (id TEXT NOT NULL PRIMARY KEY, project TEXT NOT NULL, dataset TEXT NOT NULL,"
           " snapshot TEXT NOT NULL REFERENCES data_snapshots (digest) ON DELETE CASCADE)",
           "CREATE INDEX data_views_dataset ON data_views (project, dataset)",
           "CREATE INDEX data_views_snapshot ON data_views (snapshot)",
           "CREATE TABLE data_view_releases (id TEXT NOT NULL REFERENCES data_views (id) ON DELETE CASCADE,"
           " position INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (id, position))",
       },
       sql::Effect::kExpands},
  };
}
// NOLINTEND(bugprone-suspicious-missing-comma)

std::vector<sql::StoredTable> Tables() {
  return {
      {.name = "data_columns", .columns = {{"digest"}, {"body"}}, .key = {"digest"}, .page = 8},
      {.name = "data_snapshots",
       .columns = {{"digest"},
                   {"unit_key"},
                   {"time_key"},
                   {"row_count", kInteger},
                   {"unit_count", kInteger},
                   {"synthetic", kInteger},
                   {"known_at"},
                   {"source"},
                   {"first_line", kInteger},
                   {"row_order"},
                   {"base"},
                   {"bytes", kInteger, 2}},
       .key = {"digest"},
       .page = 8},
      {.name = "data_snapshot_columns",
       .columns = {{"snapshot"},
                   {"position", kInteger},
                   {"name"},
                   {"is_text", kInteger},
                   {"digest"},
                   {"missing_count", kInteger},
                   {"label"},
                   {"unit"},
                   {"source"},
                   {"expression"}},
       .key = {"snapshot", "position"}},
      {.name = "data_snapshot_periods",
       .columns = {{"snapshot"},
                   {"position", kInteger},
                   {"has_period", kInteger},
                   {"period", kInteger},
                   {"digest"},
                   {"row_count", kInteger}},
       .key = {"snapshot", "position"}},
      {.name = "data_releases",
       .columns = {{"dataset"}, {"name"}, {"sequence", kInteger}, {"snapshot"}, {"embargo_until", kInteger, 2}},
       .key = {"dataset", "name"}},
      {.name = "data_project_releases",
       .columns =
           {{"project"}, {"dataset"}, {"name"}, {"sequence", kInteger}, {"snapshot"}, {"embargo_until", kInteger}},
       .key = {"project", "dataset", "name"},
       .since = 2},
      {.name = "data_holdings",
       .columns =
           {{"snapshot"}, {"project"}, {"source_project"}, {"dataset"}, {"release"}, {"embargo_until", kInteger}},
       .key = {"snapshot", "project", "source_project", "dataset", "release"},
       .since = 2},
      {.name = "data_arrivals",
       .columns = {{"project"},
                   {"dataset"},
                   {"name"},
                   {"known_at"},
                   {"recorded_at", kInteger},
                   {"source_digest"},
                   {"is_update", kInteger},
                   {"announced", kInteger},
                   {"delivered"}},
       .key = {"project", "dataset", "name"},
       .since = 3},
      {.name = "data_events",
       .columns = {{"sequence", kInteger},
                   {"project"},
                   {"dataset"},
                   {"name"},
                   {"kind", kInteger},
                   {"snapshot"},
                   {"known_at"},
                   {"recorded_at", kInteger},
                   {"source_digest"},
                   {"is_update", kInteger},
                   {"embargo_until", kInteger}},
       .key = {"sequence"},
       .since = 3},
      {.name = "data_event_periods",
       .columns = {{"event", kInteger},
                   {"position", kInteger},
                   {"has_period", kInteger},
                   {"period", kInteger},
                   {"revised", kInteger},
                   {"appeared", kInteger},
                   {"vanished", kInteger},
                   {"frozen", kInteger},
                   {"state", kInteger}},
       .key = {"event", "position"},
       .since = 3},
      {.name = "data_expected",
       .columns = {{"project"}, {"dataset"}, {"kind", kInteger}, {"position", kInteger}, {"name"}},
       .key = {"project", "dataset", "kind", "position"},
       .since = 3},
      {.name = "data_breaks",
       .columns =
           {{"project"}, {"dataset"}, {"snapshot"}, {"variable"}, {"period", kInteger}, {"kind", kInteger}, {"note"}},
       .key = {"project", "dataset", "snapshot", "variable", "period"},
       .since = 3},
      {.name = "data_frozen",
       .columns = {{"project"}, {"dataset"}, {"period", kInteger}, {"frozen_at", kInteger}},
       .key = {"project", "dataset", "period"},
       .since = 3},
      {.name = "data_views", .columns = {{"id"}, {"project"}, {"dataset"}, {"snapshot"}}, .key = {"id"}, .since = 3},
      {.name = "data_view_releases",
       .columns = {{"id"}, {"position", kInteger}, {"name"}},
       .key = {"id", "position"},
       .since = 3},
  };
}

}  // namespace

const sql::Component& Schema() {
  static const sql::Component schema = {"data", Migrations(), Tables()};
  return schema;
}

}  // namespace farrell::data
