#include "common/backup/backup.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "common/backup/backup_file.h"
#include "common/backup/table_rows.h"
#include "common/sql/engine.h"
#include "common/sql/migration.h"

namespace farrell::backup {
namespace {

using nlohmann::json;
using sql::Component;
using sql::StoredColumn;
using sql::StoredTable;

constexpr int kFormat = 1;

Status TooNew(const std::string& what, const std::string& component, int version, std::size_t known) {
  return FailedPrecondition("SCHEMA_TOO_NEW", what + " holds version " + std::to_string(version) + " of the " +
                                                  component + " tables, this program knows version " +
                                                  std::to_string(known) + ": use the newer program")
      .With("component", component);
}

// A component and the version of its tables.
struct Versioned {
  const Component* component = nullptr;
  int version = 0;
};

std::vector<std::string> NamesOf(const std::vector<StoredColumn>& columns) {
  std::vector<std::string> names;
  for (const StoredColumn& column : columns) names.push_back(column.name);
  return names;
}

Result<std::vector<Versioned>> HeldComponents(sql::Database& database, const std::vector<Component>& components) {
  std::vector<Versioned> held;
  for (const Component& component : components) {
    FARRELL_ASSIGN_OR_RETURN(const int version, sql::SchemaVersion(database, component.name));
    if (version > static_cast<int>(component.migrations.size())) {
      return TooNew("the store", component.name, version, component.migrations.size());
    }
    if (version > 0) held.push_back({&component, version});
  }
  if (held.empty()) return FailedPrecondition("STORE_EMPTY", "no program of Farrell has used this store yet");
  return held;
}

Status WriteTable(soci::session& session, const StoredTable& table, int version, BackupWriter& writer,
                  Contents& contents) {
  const std::vector<StoredColumn> columns = ColumnsAt(table, version);
  FARRELL_RETURN_IF_ERROR(writer.Write({{"table", table.name}, {"columns", NamesOf(columns)}}));
  std::int64_t rows = 0;
  FARRELL_RETURN_IF_ERROR(ReadRows(session, table, columns, [&](const json& row) {
    ++rows;
    return writer.Write(row);
  }));
  contents.emplace_back(table.name, rows);
  return Status::Ok();
}

json HeaderOf(const std::vector<Versioned>& held) {
  json components = json::array();
  for (const Versioned& each : held) {
    components.push_back({{"name", each.component->name}, {"version", each.version}});
  }
  return {{"farrell_backup", kFormat}, {"components", components}};
}

json EndOf(const Contents& contents) {
  std::int64_t rows = 0;
  for (const auto& [table, count] : contents) rows += count;
  return {{"end", true}, {"rows", rows}};
}

// Reads a file in the order it must have and hands on what it finds.
class Walk {
 public:
  virtual ~Walk() = default;
  // Status of a problem is given its place in the file by the caller.
  virtual Status OnHeader(const std::vector<std::pair<std::string, int>>& components) = 0;
  // False: a table or columns that the header does not promise.
  virtual bool OnTable(const std::string& table, const std::vector<std::string>& columns) = 0;
  virtual bool OnRow(const json& row) = 0;
};

std::optional<std::vector<std::pair<std::string, int>>> ReadHeader(const json& line) {
  if (!line.is_object() || line.value("farrell_backup", json()) != kFormat || !line.contains("components")) return {};
  std::vector<std::pair<std::string, int>> components;
  for (const json& each : line["components"]) {
    if (!each.is_object() || !each.value("name", json()).is_string() || !each.value("version", json()).is_number()) {
      return {};
    }
    components.emplace_back(each["name"].get<std::string>(), each["version"].get<int>());
  }
  return components;
}

bool AreTexts(const json& value) {
  return value.is_array() && std::all_of(value.begin(), value.end(), [](const json& each) { return each.is_string(); });
}

Result<Contents> WalkThrough(const std::string& path, Walk& walk) {
  FARRELL_ASSIGN_OR_RETURN(const std::unique_ptr<BackupReader> reader, BackupReader::Open(path));
  FARRELL_ASSIGN_OR_RETURN(const std::optional<json> first, reader->Next());
  const auto header = first ? ReadHeader(*first) : std::nullopt;
  if (!header) {
    return InvalidArgument("BACKUP_INVALID", path + " is not a backup that this program can read").With("path", path);
  }
  FARRELL_RETURN_IF_ERROR(walk.OnHeader(*header));
  Contents contents;
  for (;;) {
    FARRELL_ASSIGN_OR_RETURN(const std::optional<json> line, reader->Next());
    if (!line) return reader->Damaged("the file ends after this line, without its last one: it was cut off");
    if (line->is_array()) {
      if (contents.empty() || !walk.OnRow(*line)) return reader->Damaged("a row that does not fit its table");
      ++contents.back().second;
    } else if (line->contains("end")) {
      if (*line != EndOf(contents)) return reader->Damaged("not as many rows as were written");
      FARRELL_ASSIGN_OR_RETURN(const std::optional<json> more, reader->Next());
      if (more) return reader->Damaged("a line after the end");
      return contents;
    } else {
      if (!line->contains("table") || !(*line)["table"].is_string() || !AreTexts(line->value("columns", json()))) {
        return reader->Damaged("neither a table nor a row");
      }
      const auto table = (*line)["table"].get<std::string>();
      if (!walk.OnTable(table, (*line)["columns"].get<std::vector<std::string>>())) {
        return reader->Damaged("table " + table + " is not one that this program knows");
      }
      contents.emplace_back(table, 0);
    }
  }
}

class Look final : public Walk {
 public:
  Status OnHeader(const std::vector<std::pair<std::string, int>>&) override { return Status::Ok(); }
  bool OnTable(const std::string&, const std::vector<std::string>& columns) override {
    columns_ = columns.size();
    return true;
  }
  bool OnRow(const json& row) override { return row.size() == columns_; }

 private:
  std::size_t columns_ = 0;
};

// Fills the tables inside a transaction.
class Fill final : public Walk {
 public:
  Fill(soci::session& session, const sql::Engine& engine, const std::vector<Component>& components, Existing existing)
      : session_(session), engine_(engine), components_(components), existing_(existing) {}

  Status OnHeader(const std::vector<std::pair<std::string, int>>& named) override {
    for (const auto& [name, version] : named) {
      const auto component = std::find_if(components_.begin(), components_.end(),
                                          [&name = name](const Component& each) { return each.name == name; });
      if (component == components_.end() || version > static_cast<int>(component->migrations.size())) {
        return TooNew("the backup", name, version,
                      component == components_.end() ? std::size_t{0} : component->migrations.size());
      }
      filled_.push_back({&*component, version});
      FARRELL_RETURN_IF_ERROR(MakeEmpty(filled_.back()));
    }
    return Status::Ok();
  }

  bool OnTable(const std::string& name, const std::vector<std::string>& columns) override {
    for (const Versioned& each : filled_) {
      for (const StoredTable& table : each.component->tables) {
        if (table.name != name) continue;
        const std::vector<StoredColumn> known = ColumnsAt(table, each.version);
        if (NamesOf(known) != columns) return false;
        inserter_ = std::make_unique<RowInserter>(session_, name, known);
        return true;
      }
    }
    return false;
  }

  bool OnRow(const json& row) override { return inserter_->Insert(row); }

  // Brings what was filled at the version of the backup to the version of this program.
  Status Finish() {
    inserter_.reset();
    for (const Versioned& each : filled_) {
      FARRELL_RETURN_IF_ERROR(sql::MigrateWithin(session_, engine_, each.component->name, each.component->migrations));
    }
    return Status::Ok();
  }

 private:
  // The tables of the component at the version of the backup, without rows.
  Status MakeEmpty(const Versioned& wanted) {
    const Component& component = *wanted.component;
    const int held = sql::SchemaVersionWithin(session_, engine_, component.name);
    if (held > static_cast<int>(component.migrations.size())) {
      return TooNew("the store", component.name, held, component.migrations.size());
    }
    if (held > 0) {
      FARRELL_RETURN_IF_ERROR(RefuseRows(component, held));
      for (auto table = component.tables.rbegin(); table != component.tables.rend(); ++table) {
        session_ << "DROP TABLE IF EXISTS " << table->name;
      }
      sql::ForgetComponent(session_, component.name);
    }
    const auto end = component.migrations.begin() + wanted.version;
    return sql::MigrateWithin(session_, engine_, component.name, {component.migrations.begin(), end});
  }

  Status RefuseRows(const Component& component, int version) {
    if (existing_ == Existing::kReplace) return Status::Ok();
    for (const StoredTable& table : component.tables) {
      long long rows = 0;
      if (table.since <= version) session_ << "SELECT COUNT(*) FROM " << table.name, soci::into(rows);
      if (rows > 0) {
        return FailedPrecondition("STORE_NOT_EMPTY", "the store holds " + std::to_string(rows) + " rows of " +
                                                         table.name +
                                                         ": restore into an empty one, or replace them with --replace")
            .With("table", table.name);
      }
    }
    return Status::Ok();
  }

  soci::session& session_;
  const sql::Engine& engine_;
  const std::vector<Component>& components_;
  const Existing existing_;
  std::vector<Versioned> filled_;
  std::unique_ptr<RowInserter> inserter_;
};

}  // namespace

Result<Contents> Backup(sql::Database& database, const std::vector<Component>& components, const std::string& path) {
  FARRELL_ASSIGN_OR_RETURN(const std::vector<Versioned> held, HeldComponents(database, components));
  Contents contents;
  FARRELL_RETURN_IF_ERROR(sql::Read(database, [&](soci::session& session) -> Status {
    contents.clear();
    FARRELL_ASSIGN_OR_RETURN(const std::unique_ptr<BackupWriter> writer, BackupWriter::Create(path));
    FARRELL_RETURN_IF_ERROR(writer->Write(HeaderOf(held)));
    for (const Versioned& each : held) {
      for (const StoredTable& table : each.component->tables) {
        if (table.since > each.version) continue;
        FARRELL_RETURN_IF_ERROR(WriteTable(session, table, each.version, *writer, contents));
      }
    }
    FARRELL_RETURN_IF_ERROR(writer->Write(EndOf(contents)));
    return writer->Finish();
  }));
  return contents;
}

Result<Contents> Restore(sql::Database& database, const std::vector<Component>& components, const std::string& path,
                         Existing existing) {
  Contents contents;
  FARRELL_RETURN_IF_ERROR(database.Run(sql::TransactionKind::kMigrate, [&](soci::session& session) -> Status {
    Fill fill(session, database.engine(), components, existing);
    FARRELL_ASSIGN_OR_RETURN(contents, WalkThrough(path, fill));
    return fill.Finish();
  }));
  return contents;
}

Result<Contents> Verify(const std::string& path) {
  Look look;
  return WalkThrough(path, look);
}

}  // namespace farrell::backup
