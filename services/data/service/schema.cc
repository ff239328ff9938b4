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
  };
}

}  // namespace

const sql::Component& Schema() {
  static const sql::Component schema = {"data", Migrations(), Tables()};
  return schema;
}

}  // namespace farrell::data
